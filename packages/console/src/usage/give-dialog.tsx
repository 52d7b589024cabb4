import { arnOf } from "@s3-credentials/policy";
import Checkbox from "@cloudscape-design/components/checkbox";
import { type ReactNode, useState } from "react";
import { PolicyName } from "../access/policy-name.tsx";
import { useAction } from "../shell/action.ts";
import { FormDialog } from "../shell/dialogs.tsx";
import { countOf } from "../shell/format.ts";
import { useSession } from "../shell/session-context.tsx";
import { givePolicy } from "./give-policy.ts";
import type { UsageProposal } from "./unused-access.ts";

/** The narrower policy, what it stands in for, and the button that gives it. */
export function GiveDialog(props: {
  readonly proposal: UsageProposal;
  readonly isWhole: boolean;
  readonly onClose: () => void;
}): ReactNode {
  const { proposal, isWhole, onClose } = props;
  const { who, caller, result } = proposal;
  const { userArn, role } = useSession();
  const [trusted, setTrusted] = useState(isWhole);
  const text = result.kind === "narrower" ? JSON.stringify(result.document, null, 2) : "";
  const { principal } = caller;
  const isSelf = [userArn, role?.arn].includes(
    principal.kind === "role-session" ? principal.roleArn : arnOf(principal),
  );
  const give = useAction(() => givePolicy(who, caller, JSON.stringify(JSON.parse(text))), {
    task: "give the policy",
    quiet: true,
    refresh: [["sources"]],
    done: () => {
      onClose();
      return { type: "success", header: `${who.name} has what it used, and nothing else` };
    },
    undo: (undo) => undo(),
  });
  return (
    <FormDialog
      title={`Give ${who.name} what it used`}
      submit="Give it this policy"
      task="give the policy"
      size="large"
      busy={give.busy}
      error={give.error}
      disabled={!trusted || isSelf}
      onSubmit={() => give.run()}
      onClose={onClose}
    >
      <div className="stack">
        <p>
          Proved: this policy allows nothing that {who.name} may not do now, and all{" "}
          {countOf(result.kind === "narrower" ? result.tried : 0, "different request")} of the record.
        </p>
        <pre className="code-block" tabIndex={0} aria-label="Narrower policy">
          {text}
        </pre>
        <section>
          <h3 className="minor">In place of</h3>
          <ul className="summary">
            {caller.layers.identity.map(({ name, origin }) => (
              <li key={name}>
                <PolicyName policy={{ name, origin }} principal={principal} />
              </li>
            ))}
          </ul>
          <p className="soft">
            Others who have one of these keep it. Where it comes from a group, {who.name} leaves the group.
          </p>
        </section>
        {isSelf ? <p>You act as {who.name}: ask somebody else, who can take it back.</p> : null}
        {isWhole || isSelf ? null : (
          <Checkbox checked={trusted} onChange={({ detail }) => setTrusted(detail.checked)}>
            Calls that are not in the record may be refused afterwards
          </Checkbox>
        )}
      </div>
    </FormDialog>
  );
}
