import Box from "@cloudscape-design/components/box";
import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { lastAnswer } from "../api/activity.ts";
import { type Session, signOut } from "../api/session.ts";
import { useAction } from "./action.ts";
import { OnceOpen } from "./dialogs.tsx";
import { Buttons } from "./page.tsx";
import { useSession } from "./session-context.tsx";
import { askToSignIn } from "./sign-in-again.tsx";

const second = 1000;
const minute = 60 * second;
const warnMs = 2 * minute;
/** The gateway writes down once a minute that a session is used. */
const seenMs = minute;

interface Left {
  readonly milliseconds: number;
  /** A request keeps the session; at the end of its longest time nothing does. */
  readonly canStay: boolean;
}

function leftOf({ expires, idle }: Session): Left {
  const now = Date.now();
  const [unused, whole] = [lastAnswer() + idle - seenMs - now, expires - now];
  return { milliseconds: Math.min(unused, whole), canStay: unused < whole };
}

/** Before a session ends: whoever is there keeps it. After its end the person signs in again over the page. The time alone is looked at. */
export function SessionEnd(): ReactNode {
  const session = useSession();
  const client = useQueryClient();
  const [left, setLeft] = useState<Left>();
  /** The end that the person has read about, or that the page has asked to sign in for. */
  const known = useRef(0);
  useEffect(() => {
    let timer = 0;
    const look = (): void => {
      const now = leftOf(session);
      const isOver = now.milliseconds <= 0;
      const isKnown = Math.abs(known.current - session.expires) < minute;
      if (isOver && !isKnown) {
        known.current = session.expires;
        askToSignIn().catch(() => undefined);
      }
      const isNear = !isOver && now.milliseconds <= warnMs && (now.canStay || !isKnown);
      setLeft(isNear ? now : undefined);
      // A computer that slept has not counted the time: a long wait is made of short ones.
      timer = setTimeout(look, isNear ? second : Math.max(second, Math.min(now.milliseconds - warnMs, 30 * second)));
    };
    look();
    return () => clearTimeout(timer);
  }, [session]);
  if (left === undefined) return null;
  const stay = async (): Promise<void> => {
    if (left.canStay) await client.refetchQueries({ queryKey: ["session"] });
    else known.current = session.expires;
    setLeft(undefined);
  };
  return <Dialog left={left} onStay={stay} />;
}

function Dialog({ left, onStay }: { readonly left: Left; readonly onStay: () => Promise<unknown> }): ReactNode {
  const { milliseconds, canStay } = left;
  const button = useRef<ButtonProps.Ref>(null);
  const stay = useAction(onStay, { task: "stay signed in" });
  const leave = useAction(signOut, { task: "sign out" });
  const seconds = Math.max(0, Math.round(milliseconds / second));
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return (
    <Modal
      visible
      header="Your session is about to end"
      closeAriaLabel="Close"
      onDismiss={() => stay.run()}
      footer={
        <Box float="right">
          <Buttons>
            <Button variant="link" onClick={() => leave.run()}>
              Sign out
            </Button>
            <Button ref={button} variant="primary" loading={stay.busy} onClick={() => stay.run()}>
              {canStay ? "Stay signed in" : "Go on"}
            </Button>
          </Buttons>
        </Box>
      }
    >
      <OnceOpen focus={() => button.current?.focus()} />
      <p>
        {canStay
          ? "You have asked for nothing for a while, so the gateway ends your session in "
          : "Sessions have a longest time, and yours ends in "}
        <b className="time-left">{time}</b> minutes. What you have typed stays in this page, and you can sign in again
        over it.
      </p>
    </Modal>
  );
}
