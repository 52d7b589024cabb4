import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import { CallError } from "../api/call.ts";
import { ErrorDetails } from "./notices.tsx";

/** Services that speak JSON refuse with status 400, and IAM answers 403 to a wrong code too. */
export function isRefused(error: unknown): boolean {
  return error instanceof CallError && /^(AccessDenied|HTTP 403$)/.test(error.code);
}

/** Nothing has this name, or nothing could have it: there is nothing to delete or to switch to. */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof CallError && /^(NoSuchEntity|ValidationError|NoSuchBucket|InvalidBucketName)$/.test(error.code)
  );
}

/** An error in the place of what could not be shown, or of what could not be done. `task`: "list the users". A refusal is never shown as emptiness. */
export function Failure(props: {
  readonly error: unknown;
  readonly task: string;
  readonly retry?: () => void;
  /** Somebody has just pressed a button for it: it is brought into view, and a screen reader says it at once. */
  readonly isAnswer?: boolean;
  readonly children?: ReactNode;
}): ReactNode {
  const { error, task, retry, isAnswer = false, children } = props;
  const refused = isRefused(error);
  return (
    <div className="failure" role={isAnswer ? "alert" : undefined} ref={isAnswer ? toView : undefined}>
      <Alert
        type={refused ? "warning" : "error"}
        header={refused ? `You are not allowed to ${task}` : `Could not ${task}`}
        statusIconAriaLabel={refused ? "Refused" : "Error"}
        action={
          retry === undefined ? undefined : (
            <Button formAction="none" onClick={retry}>
              Try again
            </Button>
          )
        }
      >
        <ErrorDetails error={error} />
        {children}
      </Alert>
    </div>
  );
}

function toView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}
