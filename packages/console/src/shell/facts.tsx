import { Fragment, isValidElement, type ReactNode } from "react";
import { CopyButton } from "./copy.tsx";

/** Names and values of one thing. An ARN gets the room of two. */
export function Facts(props: {
  readonly items: readonly (readonly [label: string, value: ReactNode])[];
  readonly stacked?: boolean;
}): ReactNode {
  const { items, stacked = false } = props;
  return (
    <dl className={stacked ? "facts facts-stacked" : "facts"}>
      {items.map(([label, value]) => (
        <div key={label} className={isValidElement(value) && value.type === Arn ? "fact-wide" : ""}>
          <dt>{label}</dt>
          <dd>{value === "" ? "–" : value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Or an address. It breaks between its parts, and the button stays beside it. */
export function Arn({ arn, what = "the ARN" }: { readonly arn: string; readonly what?: string }): ReactNode {
  return (
    <span className="arn arn-copy">
      <code>
        {arn.split(/(?<=[:/])/).map((part, at) => (
          <Fragment key={at}>
            {part}
            <wbr />
          </Fragment>
        ))}
      </code>
      <CopyButton text={arn} what={what} />
    </span>
  );
}
