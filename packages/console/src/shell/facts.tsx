import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { Fragment, type ReactNode } from "react";
import { CopyButton } from "./copy.tsx";

/** Names and values of one thing. */
export function Facts({
  items,
  columns = items.length === 4 ? 4 : 3,
}: {
  readonly items: readonly (readonly [label: string, value: ReactNode])[];
  readonly columns?: number;
}): ReactNode {
  return (
    <KeyValuePairs
      columns={columns}
      items={items.map(([label, value]) => ({ label, value: value === "" ? "–" : value }))}
    />
  );
}

/** It breaks between its parts, and the button stays beside it. */
export function Arn({ arn }: { readonly arn: string }): ReactNode {
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
      <CopyButton text={arn} what="the ARN" />
    </span>
  );
}
