import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, type ReactNode, useState, useSyncExternalStore } from "react";
import { CallError, sendOnce } from "../api/call.ts";
import { isSameActor, reloadSession, type Session, signInStep, switchRole } from "../api/session.ts";
import { FormStart } from "./dialogs.tsx";
import { Failure } from "./failure.tsx";
import { Buttons } from "./page.tsx";

interface Question {
  readonly answered: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** One question, however many calls wait for it. */
let question: Question | undefined;
const listeners = new Set<() => void>();

function ask(next: Question | undefined): void {
  question = next;
  for (const listener of listeners) listener();
}

/** Resolves when the person has signed in again. */
export function askToSignIn(): Promise<void> {
  if (question === undefined) {
    let resolve = (): void => undefined;
    let reject = (_error: unknown): void => undefined;
    const answered = new Promise<void>((done, fail) => {
      resolve = done;
      reject = fail;
    });
    ask({ answered, resolve, reject });
    return answered;
  }
  return question.answered;
}

const given = new CallError({
  code: "NotSignedIn",
  message: "Your session has ended, so nothing was done. Try again to sign in.",
  status: 401,
});

/** The session has ended: the page stays as it is, with everything that was typed, and the same person signs in over it. */
export function SignInAgain(props: {
  readonly session: Session;
  readonly onSession: (session: Session) => void;
}): ReactNode {
  const asked = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => question,
  );
  return asked === undefined ? null : <Dialog {...props} question={asked} />;
}

function Dialog(props: {
  readonly session: Session;
  readonly onSession: (session: Session) => void;
  readonly question: Question;
}): ReactNode {
  const { session, onSession, question: asked } = props;
  const [step, setStep] = useState<"password" | "mfa">("password");
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  /** Whoever is signed in now has to be who was before, in the role of before. */
  const goOn = async (): Promise<void> => {
    let now = await reloadSession();
    if (now.userArn !== session.userArn)
      throw new CallError({
        code: "AnotherUser",
        message: `This browser is signed in as ${now.userName}.`,
        status: 409,
      });
    const { role } = session;
    if (role !== undefined && now.role?.arn !== role.arn)
      now = await switchRole({ ...role, account: role.accountId }, sendOnce);
    if (!isSameActor(session, now)) throw given;
    onSession(now);
    ask(undefined);
    asked.resolve();
  };
  const send = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      if (!session.isUser) return await goOn();
      const next =
        step === "mfa"
          ? await signInStep("/session/mfa", { code: typed })
          : await signInStep("/session", { account: session.accountId, user: session.userName, password: typed });
      setTyped("");
      if (next === "mfa") setStep("mfa");
      else if (next === "console") await goOn();
      else location.assign("/signin");
    } catch (fault) {
      if (fault instanceof CallError && fault.code === "NotSignedIn" && step === "mfa") setStep("password");
      setTyped("");
      setError(fault);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!busy && (typed !== "" || !session.isUser)) void send();
  };
  const cancel = (): void => {
    ask(undefined);
    asked.reject(given);
  };
  return (
    <Modal
      visible
      header="Sign in again"
      closeAriaLabel="Close"
      onDismiss={({ detail }) => {
        if (detail.reason !== "overlay") cancel();
      }}
      footer={
        <Box float="right">
          <Buttons>
            <Button variant="link" onClick={cancel}>
              Not now
            </Button>
            <Button
              variant="primary"
              loading={busy}
              disabled={session.isUser && typed === ""}
              onClick={() => void send()}
            >
              {session.isUser ? "Sign in" : "Go on"}
            </Button>
          </Buttons>
        </Box>
      }
    >
      <form onSubmit={submit}>
        <SpaceBetween size="m">
          <p>Your session has ended. What you have typed is still here, and what you asked for is done after this.</p>
          {error === undefined ? null : <Failure isAnswer error={error} task="sign in" />}
          {session.isUser ? (
            <FormField
              label={step === "mfa" ? "Code of your MFA device" : `Password of ${session.userName}`}
              description={`Account ${session.alias || session.accountId}`}
            >
              <Input
                key={step}
                value={typed}
                autoFocus={step === "mfa"}
                type={step === "mfa" ? "text" : "password"}
                autoComplete={step === "mfa" ? "one-time-code" : "current-password"}
                onChange={({ detail }) => setTyped(detail.value)}
              />
            </FormField>
          ) : (
            <p>
              Sign in once more in another tab of this browser, with{" "}
              <a href={`/signin?provider=&account=${session.accountId}`} target="_blank" rel="noopener noreferrer">
                your identity provider
              </a>{" "}
              or another link of <code>s3-credentials console</code>, and then go on here.
            </p>
          )}
          <FormStart />
        </SpaceBetween>
      </form>
    </Modal>
  );
}
