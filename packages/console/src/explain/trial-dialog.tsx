import Alert from "@cloudscape-design/components/alert";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type Change, changeText } from "@s3-credentials/policy";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { accountAccessKey } from "../access/account-key.ts";
import { DiffView } from "../editor/lazy-diff-view.tsx";
import { pretty } from "../editor/pretty.ts";
import { useAction } from "../shell/action.ts";
import { FormDialog } from "../shell/dialogs.tsx";
import { Failure } from "../shell/failure.tsx";
import { capitalized, showText } from "../shell/format.ts";
import { allOrNone } from "../shell/steps.ts";
import { placeWords, writePlace } from "./policy-place.ts";
import { type Trial, type TrialQuestion, tryChanges } from "./trial.ts";

/** "Add the action s3:PutObject to statement 1 of …" */
export function sentenceOf(changes: readonly Change[]): string {
  return showText(capitalized(changes.map(changeText).join(", and ")));
}

/** What changes do, before they are made: the texts, what they allow besides, for whom else they count. */
export function TrialDialog(props: { readonly question: TrialQuestion; readonly onClose: () => void }): ReactNode {
  const { question, onClose } = props;
  const sentence = sentenceOf(question.changes);
  const trial = useQuery({
    queryKey: [accountAccessKey, "trial", sentence],
    queryFn: async () => (await tryChanges(question)) ?? "stale",
    gcTime: 0,
  });
  const { data } = trial;
  const ready = data === undefined || data === "stale" || !data.isAllowed ? undefined : data;
  const make = useAction(
    () =>
      allOrNone(
        (ready?.edits ?? []).map(
          ({ place, before, after }) =>
            () =>
              writePlace(place, before, after),
        ),
      ),
    {
      task: "make the change",
      quiet: true,
      refresh: [["sources"], ["policies"], ["policy"], ["versions"], ["document"]],
      done: () => {
        onClose();
        return { type: "success", header: "The change is made" };
      },
      undo: (undo) => undo(),
    },
  );
  return (
    <FormDialog
      title={sentence}
      submit="Make this change"
      task="make the change"
      size="large"
      busy={make.busy}
      error={make.error}
      disabled={ready === undefined}
      onSubmit={() => make.run()}
      onClose={onClose}
    >
      <div className="stack">
        {trial.error === null ? null : <Failure error={trial.error} task="try the change" />}
        {trial.isPending ? <StatusIndicator type="loading">Trying the change</StatusIndicator> : null}
        {data === "stale" || data?.isAllowed === false ? (
          <Alert type="warning" statusIconAriaLabel="Warning" header="The policies have changed meanwhile">
            Close this and look again: the change was found with the policies as they were before.
          </Alert>
        ) : null}
        {ready === undefined ? null : <Effect trial={ready} />}
      </div>
    </FormDialog>
  );
}

function Effect({ trial: { gains, others, edits } }: { readonly trial: Trial }): ReactNode {
  return (
    <>
      <StatusIndicator type="success">With it, the request is allowed</StatusIndicator>
      <section>
        <h3 className="minor">What else it allows</h3>
        {gains === undefined ? (
          <p>That cannot be decided for these policies: read the change with care.</p>
        ) : (
          <>
            <p className="soft">Requests that are refused now, one for each statement that lets them in.</p>
            <ul className="summary">
              {gains.map((gain) => (
                <li key={gain}>{showText(gain)}</li>
              ))}
            </ul>
          </>
        )}
      </section>
      {others.length === 0 ? null : (
        <section>
          <h3 className="minor">Whom it counts for</h3>
          <p>{others.join(", ")}</p>
        </section>
      )}
      {edits.map(({ place, before, after }) => (
        <section key={placeWords(place)}>
          <h3 className="minor">{placeChange(placeWords(place), before, after)}</h3>
          {after === undefined ? null : (
            <DiffView before={before === undefined ? "" : pretty(before)} after={pretty(after)} />
          )}
        </section>
      ))}
    </>
  );
}

function placeChange(words: string, before: string | undefined, after: string | undefined): string {
  const subject = capitalized(words);
  if (after === undefined) return `${subject} does not count any more`;
  return before === undefined ? `${subject} is new` : `${subject} changes`;
}
