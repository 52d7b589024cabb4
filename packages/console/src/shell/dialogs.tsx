import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Failure } from "./failure.tsx";
import { Buttons } from "./page.tsx";

const controls = "input:not([hidden]), textarea, select, button, a[href], [tabindex='0']";
/** Fields to type in. A combobox is left out, because it opens its suggestions when it gets the focus. */
const field = ":is(input:is([type=text], [type=password]), textarea):not([role=combobox])";

/** A form over the page. Enter submits it; an error is shown in it and nothing that was typed is lost. */
export function FormDialog(props: {
  readonly title: string;
  readonly submit: string;
  readonly task: string;
  readonly busy: boolean;
  readonly error?: unknown;
  readonly disabled?: boolean;
  readonly size?: "small" | "medium" | "large" | "max";
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}): ReactNode {
  const { title, submit, task, busy, error, disabled = false, size = "medium", onSubmit, onClose, children } = props;
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (!busy && !disabled) onSubmit();
  };
  return (
    <Modal
      visible
      size={size}
      header={title}
      closeAriaLabel="Close"
      onDismiss={({ detail }) => {
        // A click beside the dialog is often an accident, and what was typed would be lost.
        if (detail.reason !== "overlay") onClose();
      }}
      footer={
        <Box float="right">
          <Buttons>
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} disabled={disabled} onClick={onSubmit}>
              {submit}
            </Button>
          </Buttons>
        </Box>
      }
    >
      <form onSubmit={send}>
        <SpaceBetween size="l">
          {error === undefined ? null : <Failure isAnswer error={error} task={task} />}
          {children}
          <FormStart />
        </SpaceBetween>
      </form>
    </Modal>
  );
}

/**
 * Stands in a dialog, and moves the focus once it is open. `autoFocus`, or an effect of what is around it, comes too early: the dialog then
 * takes the focus to its own first button, and with `autoFocus` gives it back to a field that is gone when it closes.
 */
export function OnceOpen({ focus }: { readonly focus: () => void }): ReactNode {
  const first = useRef(focus);
  // After the effects of the dialog, which move the focus too.
  useEffect(() => queueMicrotask(first.current), []);
  return null;
}

/** Stands in the form of a dialog. Enter submits the form, and the focus goes to its first control when that is a field to type in. */
export function FormStart(): ReactNode {
  const here = useRef<HTMLInputElement>(null);
  const begin = (): void => {
    const first = here.current?.form?.querySelector<HTMLElement>(controls);
    if (first?.matches(field) === true) first.focus();
  };
  return (
    <>
      <input ref={here} type="submit" hidden />
      <OnceOpen focus={begin} />
    </>
  );
}

/** For what cannot be undone: the name, or the number of things, is typed. */
export function DeleteDialog(props: {
  readonly title: string;
  /** What has to be typed. */
  readonly word: string;
  readonly task: string;
  readonly busy: boolean;
  readonly error?: unknown;
  readonly submit?: string;
  readonly onDelete: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}): ReactNode {
  const { title, word, task, busy, error, submit = "Delete", onDelete, onClose, children } = props;
  const [typed, setTyped] = useState("");
  return (
    <FormDialog
      title={title}
      submit={submit}
      task={task}
      busy={busy}
      error={error}
      disabled={typed !== word}
      onSubmit={onDelete}
      onClose={onClose}
    >
      <Alert type="warning" statusIconAriaLabel="Warning">
        {children}
      </Alert>
      <FormField
        label={
          <>
            To confirm, type <b>{word}</b>
          </>
        }
      >
        <Input
          value={typed}
          autoComplete={false}
          ariaLabel={`Type ${word} to confirm`}
          onChange={({ detail }) => setTyped(detail.value)}
        />
      </FormField>
    </FormDialog>
  );
}
