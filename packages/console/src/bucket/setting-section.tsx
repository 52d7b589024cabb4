import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { type QueryKey, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useAction } from "../shell/action.ts";
import { DeleteDialog } from "../shell/dialogs.tsx";
import { Failure } from "../shell/failure.tsx";
import { capitalized } from "../shell/format.ts";
import { Buttons } from "../shell/page.tsx";
import type { Undo } from "../shell/steps.ts";
import { replaceSetting, type Setting, settingQuery } from "./setting.ts";

/** What a section shows of the value that is edited. */
export interface SettingEdit<T> {
  readonly value: T;
  /** As the gateway has it. */
  readonly stored: T;
  readonly change: (value: T) => void;
  /** Something that is typed is no value yet. */
  readonly setProblem: (hasProblem: boolean) => void;
  /** Another one when what was typed is discarded. */
  readonly round: number;
}

/** What a change does that is asked for first. */
export interface Consequence {
  /** What is typed to agree. */
  readonly word: string;
  readonly words: ReactNode;
}

interface SectionProps<T> {
  readonly setting: Setting<T>;
  readonly title: string;
  /** Behind the title: "(3 of 4 on)". */
  readonly counter?: (value: T) => string;
  readonly description: ReactNode;
  /** What else is to be read again. */
  readonly refresh?: readonly QueryKey[];
  readonly consequence?: (before: T, after: T) => Consequence | undefined;
  readonly isWhole?: (value: T) => boolean;
  readonly actions?: (edit: SettingEdit<T>) => ReactNode;
  readonly children: (edit: SettingEdit<T>) => ReactNode;
}

/** One setting of a bucket: read, edited, and saved when nobody else has changed it. */
export function SettingSection<T>(props: SectionProps<T>): ReactNode {
  const { words } = props.setting;
  const query = useQuery(settingQuery(props.setting));
  if (query.error !== null) return <Failure error={query.error} task={`read ${words}`} />;
  return query.data === undefined ? null : <SettingForm {...props} stored={query.data.value} />;
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

function SettingForm<T>(props: SectionProps<T> & { readonly stored: T }): ReactNode {
  const { setting, title, counter, description, refresh = [], consequence, isWhole, actions, children, stored } = props;
  // What is read anew is shown, unless it would replace what is being edited.
  const [base, setBase] = useState(stored);
  const [seen, setSeen] = useState(stored);
  const [value, setValue] = useState(stored);
  const [round, setRound] = useState(0);
  const [hasProblem, setProblem] = useState(false);
  const [asking, setAsking] = useState<Consequence>();
  const begin = (): void => {
    setBase(stored);
    setValue(stored);
    setProblem(false);
    setRound(round + 1);
  };
  const isChanged = !isSame(value, base);
  if (!isSame(stored, seen)) {
    setSeen(stored);
    if (!isChanged && !hasProblem) begin();
  }
  const save = useAction(() => replaceSetting(setting, base, value), {
    task: `save ${setting.words}`,
    quiet: true,
    refresh: [setting.key, ...refresh],
    done: () => {
      setBase(value);
      setAsking(undefined);
      return { type: "success", header: `${capitalized(setting.words)}: saved` };
    },
    undo: (takeBack: Undo) => takeBack(),
  });
  const edit = { value, stored, change: setValue, setProblem, round };
  const ask = (): void => {
    const asked = consequence?.(base, value);
    if (asked === undefined) save.run();
    else setAsking(asked);
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={counter?.(value)}
          description={description}
          actions={
            <Buttons>
              {actions?.(edit)}
              {isChanged || hasProblem ? (
                <Button
                  variant="link"
                  ariaLabel={`Discard changes of ${setting.words}`}
                  onClick={() => {
                    begin();
                    save.reset();
                  }}
                >
                  Discard changes
                </Button>
              ) : null}
              <Button
                loading={save.busy}
                disabled={!isChanged || hasProblem || isWhole?.(value) === false}
                ariaLabel={`Save ${setting.words}`}
                onClick={ask}
              >
                Save
              </Button>
            </Buttons>
          }
        >
          {title}
        </Header>
      }
    >
      <div className="stack">
        {save.error === undefined || asking !== undefined ? null : (
          <Failure isAnswer error={save.error} task={`save ${setting.words}`} />
        )}
        {children(edit)}
      </div>
      {asking === undefined ? null : (
        <DeleteDialog
          title={`Save ${setting.words}`}
          word={asking.word}
          submit="Save"
          task={`save ${setting.words}`}
          busy={save.busy}
          error={save.error}
          onDelete={() => save.run()}
          onClose={() => {
            setAsking(undefined);
            save.reset();
          }}
        >
          {asking.words}
        </DeleteDialog>
      )}
    </Container>
  );
}
