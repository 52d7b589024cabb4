import Button from "@cloudscape-design/components/button";
import type { AccountDetails, AccessRequest, Change } from "@s3-credentials/policy";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import type { DecidedNow } from "./recorded-event.ts";
import { canMake, type TrialQuestion } from "./trial.ts";
import { sentenceOf, TrialDialog } from "./trial-dialog.tsx";

/** What would allow the request: changes, pairs of changes, and roles to take instead. */
export function ChangesList(props: {
  readonly now: DecidedNow;
  readonly request: AccessRequest;
  readonly details: AccountDetails;
}): ReactNode {
  const { now, request, details } = props;
  const { layers, roles, explanation } = now;
  const [trying, setTrying] = useState<TrialQuestion>();
  const choices: readonly (readonly Change[])[] = [...explanation.changes.map((one) => [one]), ...explanation.pairs];
  return (
    <>
      {choices.length === 0 ? (
        <p className="soft">No change of one statement, and no two of them, would allow it.</p>
      ) : (
        <>
          <p>
            {explanation.pairs.length > 0 ? "It takes two changes at once." : "Each of these alone would allow it."}
          </p>
          <ul className="findings" aria-label="Changes that would allow it">
            {choices.map((changes) => {
              const sentence = sentenceOf(changes);
              const question = { changes, layers, request, details };
              return (
                <li key={sentence} className="change">
                  <span>{sentence}.</span>
                  {canMake(question) ? (
                    <Button ariaLabel={`Try it: ${sentence}`} onClick={() => setTrying(question)}>
                      Try it
                    </Button>
                  ) : null}
                </li>
              );
            })}
          </ul>
        </>
      )}
      {roles.length === 0 ? null : (
        <>
          <h3 className="minor">Or as a role</h3>
          <ul className="findings" aria-label="Roles that may do it">
            {roles.map(({ arn, name, refusal }) => (
              <li key={arn}>
                <Link className="plain-link" to={`/roles/${encodeURIComponent(name)}`}>
                  {name}
                </Link>{" "}
                may do it, and who asked {refusal === undefined ? "may take it" : `may not take it, ${refusal}`}.
              </li>
            ))}
          </ul>
        </>
      )}
      {trying === undefined ? null : <TrialDialog question={trying} onClose={() => setTrying(undefined)} />}
    </>
  );
}
