import {
  accessOf,
  type Can,
  canDo,
  catalogServices,
  parseArn,
  type PrincipalPolicies,
  timeContext,
} from "@s3-credentials/policy";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type ReactNode, useMemo, useState } from "react";
import { countOf } from "../../shell/format.ts";
import { useAccountId, useSession } from "../../shell/session-context.tsx";
import { AccessDialog, type AccessInQuestion } from "../access-dialog.tsx";
import { ActionsByAnswer } from "../actions-by-answer.tsx";
import { useControlsNote } from "../control-policies.ts";
import { useInSlices } from "../in-slices.ts";
import { levels } from "../levels.ts";

/** What somebody may do by its own policies: by service and access level. */
export function CanView({ name, caller }: { readonly name: string; readonly caller: PrincipalPolicies }): ReactNode {
  const accountId = useAccountId();
  const partition = parseArn(useSession().userArn)?.partition ?? "aws";
  const note = useControlsNote();
  const [find, setFind] = useState("");
  const [asked, setAsked] = useState<AccessInQuestion>();
  const start = useMemo(
    () => () => canDo(caller, { account: accountId, partition, now: new Date() }),
    [caller, accountId, partition],
  );
  const { items, isDone } = useInSlices(start);
  const found = items.filter(({ action }) => action.name.toLowerCase().includes(find.toLowerCase()));
  const open = ({ action, resource }: Can): void => {
    const layer = "none";
    const ask = accessOf(caller, { resource: layer, account: accountId, context: timeContext(new Date()) });
    const access = ask({ action: action.name, resource });
    setAsked({ name, caller, action: action.name, resource, layer, account: accountId, context: {}, access });
  };
  return (
    <div className="stack">
      <FormField label="Action">
        <Input
          type="search"
          value={find}
          autoComplete={false}
          placeholder="Find an action"
          clearAriaLabel="Clear the action"
          onChange={({ detail }) => setFind(detail.value)}
        />
      </FormField>
      <div role="status" className="map-state">
        {isDone ? (
          <span className="soft">
            By its own policies, on everything in the account. A bucket policy may allow more, or deny: the access map
            of the bucket counts it.
          </span>
        ) : (
          <StatusIndicator type="loading">Deciding</StatusIndicator>
        )}
      </div>
      {note === undefined ? null : <p className="soft">{note}</p>}
      {isDone ? (
        <ul className="services">
          {catalogServices.map((service) => {
            const actions = found.filter(({ action }) => action.name.startsWith(`${service}:`));
            if (actions.length === 0) return null;
            return (
              <li key={service}>
                <Service
                  key={String(find !== "")}
                  service={service}
                  actions={actions}
                  isOpen={find !== ""}
                  onOpen={open}
                />
              </li>
            );
          })}
        </ul>
      ) : null}
      {asked === undefined ? null : <AccessDialog asked={asked} onClose={() => setAsked(undefined)} />}
    </div>
  );
}

const serviceNames: Readonly<Record<string, string>> = {
  s3: "S3",
  iam: "IAM",
  sts: "STS",
  organizations: "Organizations",
  cloudtrail: "CloudTrail",
  account: "Account",
  "access-analyzer": "Access Analyzer",
  "s3-credentials": "This gateway",
};

function Service(props: {
  readonly service: string;
  readonly actions: readonly Can[];
  readonly isOpen: boolean;
  readonly onOpen: (can: Can) => void;
}): ReactNode {
  const { service, actions, isOpen, onOpen } = props;
  return (
    <details open={isOpen}>
      <summary>
        <h3>{serviceNames[service] ?? service}</h3> <span className="soft">{countsOf(actions)}</span>
      </summary>
      {levels.map((level) => {
        const found = actions.filter(({ action }) => action.access === level);
        if (found.length === 0) return null;
        return (
          <section key={level}>
            <h4>
              {level} <span className="soft">{countsOf(found)}</span>
            </h4>
            <ActionsByAnswer
              actions={found.map(({ action, answer, isBounded }) => ({
                action: action.name,
                answer,
                note: isBounded ? "limited by the permissions boundary" : "",
              }))}
              onOpen={(name) => {
                const can = found.find(({ action }) => action.name === name);
                if (can !== undefined) onOpen(can);
              }}
            />
          </section>
        );
      })}
    </details>
  );
}

/** `12 always, 3 under conditions, 5 denied by the boundary, of 40 actions`. */
function countsOf(actions: readonly Can[]): string {
  const count = (is: (can: Can) => boolean): number => actions.filter(is).length;
  const parts = [
    [count(({ answer }) => answer === "always"), "always"],
    [count(({ answer }) => answer === "depends"), "under conditions"],
    [count(({ answer, isBounded }) => answer === "never" && isBounded), "denied by the boundary"],
    [count(({ answer }) => answer === "unknown"), "not decided"],
  ] as const;
  const words = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return `${words.length === 0 ? "none" : `${words.join(", ")},`} of ${countOf(actions.length, "action")}`;
}
