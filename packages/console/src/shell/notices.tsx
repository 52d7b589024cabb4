import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { useLocation } from "react-router";
import { CallError } from "../api/call.ts";

export interface Notice {
  readonly type: "success" | "error" | "info" | "warning";
  readonly header: string;
  readonly content?: ReactNode;
  /** A way back, or a way on. */
  readonly action?: { readonly text: string; readonly run: () => void };
}

interface ShownNotice extends Notice {
  readonly id: string;
  readonly time: number;
}

type Notify = (notice: Notice) => void;

const NoticesContext = createContext<Notify>(() => undefined);

export function useNotify(): Notify {
  return useContext(NoticesContext);
}

/** A success is news on the page it led to; on the next page it is in the way. */
const freshMs = 3000;

/** What happened, above the page, until it is dismissed: the last success, and at most two of what is to be read or can be undone. */
export function Notices({ children }: { readonly children: (bar: ReactNode) => ReactNode }): ReactNode {
  const [items, setItems] = useState<readonly ShownNotice[]>([]);
  const { pathname } = useLocation();
  useEffect(() => {
    setItems((before) => before.filter(({ type, time }) => type !== "success" || Date.now() - time < freshMs));
  }, [pathname]);
  const notify = useCallback<Notify>((notice) => {
    const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
    setItems((before) => {
      const kept = before.filter(({ type, action }) => type !== "success" || action !== undefined);
      return [{ ...notice, time: Date.now(), id }, ...kept.slice(0, 2)];
    });
  }, []);
  const bar = useMemo(() => {
    const dismiss = (id: string): void => setItems((before) => before.filter((one) => one.id !== id));
    return (
      <Flashbar
        items={items.map(({ id, type, header, content, action }): FlashbarProps.MessageDefinition => ({
          id,
          type,
          header,
          content,
          dismissible: true,
          dismissLabel: "Dismiss",
          onDismiss: () => dismiss(id),
          statusIconAriaLabel: type,
          ariaRole: type === "error" ? "alert" : "status",
          ...(action === undefined
            ? {}
            : {
                buttonText: action.text,
                onButtonClick: () => {
                  dismiss(id);
                  action.run();
                },
              }),
        }))}
      />
    );
  }, [items]);
  return <NoticesContext value={notify}>{children(items.length === 0 ? null : bar)}</NoticesContext>;
}

/** Code and request id of an error: what an administrator asks for. */
export function ErrorDetails({ error }: { readonly error: unknown }): ReactNode {
  if (!(error instanceof CallError)) return <p className="error-words">{messageOf(error)}</p>;
  return (
    <>
      <p className="error-words">{error.message}</p>
      {error.encoded === "" ? null : (
        <details className="error-encoded">
          <summary>Encoded authorization failure message</summary>
          <code>{error.encoded}</code>
        </details>
      )}
      <p className="error-facts">
        <span>
          Code <code>{error.code}</code>
        </span>
        {error.requestId === "" ? null : (
          <span>
            Request <code>{error.requestId}</code>
          </span>
        )}
        {error.retryAfter > 0 ? <span>Try again in {error.retryAfter} seconds</span> : null}
      </p>
    </>
  );
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
