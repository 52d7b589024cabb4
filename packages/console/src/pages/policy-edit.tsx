/** The text of a policy that somebody edits. It is not saved over what somebody else wrote meanwhile, unless the person says so. */
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { type QueryKey, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { DiffView } from "../editor/lazy-diff-view.tsx";
import { pretty } from "../editor/pretty.ts";
import type { PolicyPlace } from "../explain/place-of.ts";
import { placeWords, readPlace, writePlace } from "../explain/policy-place.ts";
import { type Action, useAction } from "../shell/action.ts";
import { isChangedSince } from "../shell/changed-since.ts";
import { Failure } from "../shell/failure.tsx";
import { capitalized } from "../shell/format.ts";
import { Buttons } from "../shell/page.tsx";
import type { Undo } from "../shell/steps.ts";

export interface PolicyEditOptions {
  readonly place: PolicyPlace;
  /** As the service gave it; undefined: there is none yet. */
  readonly stored: string | undefined;
  /** What a new one begins with. */
  readonly start?: string;
  /** "save the trust policy" */
  readonly task: string;
  readonly refresh: readonly QueryKey[];
  /** The notice of what is saved. */
  readonly saved: string;
  readonly onSaved?: () => void;
}

export interface PolicyEdit {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly isChanged: boolean;
  readonly discard: () => void;
  readonly save: () => void;
  readonly busy: boolean;
  /** Why it was not saved, with what can be done. */
  readonly problem: ReactNode;
}

export function usePolicyEdit(options: PolicyEditOptions): PolicyEdit {
  const { place, stored, start = "", task, refresh, saved, onSaved } = options;
  const shown = (document: string | undefined): string => pretty(document ?? start);
  /** What the text was made from, and the last that was read: what is read anew never replaces what is being typed. */
  const [base, setBase] = useState(stored);
  const [seen, setSeen] = useState(stored);
  const [text, setText] = useState(() => shown(stored));
  const isChanged = pretty(text) !== shown(base);
  const begin = (document: string | undefined): void => {
    setBase(document);
    setText(shown(document));
  };
  if (stored !== seen) {
    setSeen(stored);
    if (!isChanged) begin(stored);
  }
  const save = useAction((over: string | undefined) => writePlace(place, over, text), {
    task,
    quiet: true,
    refresh,
    done: () => {
      setBase(text);
      onSaved?.();
      return { type: "success", header: saved };
    },
    undo: (takeBack: Undo) => takeBack(),
  });
  return {
    text,
    setText,
    isChanged,
    discard: () => begin(base),
    save: () => save.run(base),
    busy: save.busy,
    problem: isChangedSince(save.error) ? (
      <ChangedMeanwhile
        place={place}
        text={text}
        save={save}
        onTake={(theirs) => {
          begin(theirs);
          save.reset();
        }}
      />
    ) : save.error === undefined ? null : (
      <Failure isAnswer error={save.error} task={task} />
    ),
  };
}

/** What somebody else wrote, beside what would be saved, and the choice between them. */
function ChangedMeanwhile(props: {
  readonly place: PolicyPlace;
  readonly text: string;
  readonly save: Action<string | undefined, Undo>;
  readonly onTake: (theirs: string | undefined) => void;
}): ReactNode {
  const { place, text, save, onTake } = props;
  const theirs = useQuery({
    queryKey: ["meanwhile", place, save.error],
    queryFn: async () => ({ text: await readPlace(place) }),
    staleTime: Infinity,
    gcTime: 0,
  });
  if (theirs.error !== null) return <Failure error={theirs.error} task="read what is there now" />;
  if (theirs.data === undefined) return null;
  const { text: now } = theirs.data;
  return (
    <div className="stack">
      <Alert
        type="warning"
        statusIconAriaLabel="Warning"
        header={`${capitalized(placeWords(place))} was ${now === undefined ? "deleted" : "changed"} by somebody else while you wrote`}
        action={
          <Buttons>
            <Button formAction="none" onClick={() => onTake(now)}>
              Discard mine
            </Button>
            <Button formAction="none" loading={save.busy} onClick={() => save.run(now)}>
              {now === undefined ? "Save mine anew" : "Save mine over it"}
            </Button>
          </Buttons>
        }
      >
        Nothing is saved. {now === undefined ? "" : "Below is what yours would change in what is there now."}
      </Alert>
      {now === undefined ? null : <DiffView before={pretty(now)} after={pretty(text)} />}
    </div>
  );
}
