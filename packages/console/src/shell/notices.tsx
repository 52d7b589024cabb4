import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "react-router";
import { CallError } from "../api/call.ts";
import { showText } from "./format.ts";
import { messageOf } from "./message-of.ts";

export interface Notice {
  readonly type: "success" | "error" | "info" | "warning";
  readonly header: string;
  readonly content?: ReactNode;
  /** A way back, or a way on. */
  readonly action?: { readonly text: string; readonly run: () => void };
}

interface ShownNotice extends Notice {
  readonly id: string;
  /** The page it is news of. */
  readonly path: string;
}

/** `path`: the page that the change leads to; without it, the page that is shown. */
type Notify = (notice: Notice, path?: string) => void;

const NoticesContext = createContext<Notify>(() => undefined);

export function useNotify(): Notify {
  return useContext(NoticesContext);
}

/** What happened, above the page, until it is dismissed: the last success with its way back, and at most two of what is to be read. */
export function Notices(props: {
  readonly first: Notice | undefined;
  readonly children: (bar: ReactNode) => ReactNode;
}): ReactNode {
  const { first, children } = props;
  const { pathname } = useLocation();
  const [items, setItems] = useState<readonly ShownNotice[]>(() =>
    first === undefined ? [] : [{ ...first, id: "first", path: pathname }],
  );
  const here = useRef(pathname);
  useEffect(() => {
    here.current = pathname;
    // On another page, a success is in the way.
    setItems((before) => before.filter(({ type, path }) => type !== "success" || path === pathname));
  }, [pathname]);
  const notify = useCallback<Notify>((notice, path = here.current) => {
    const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
    setItems((before) => {
      const kept = before.filter(({ type }) => type !== "success");
      return [{ ...notice, path, id }, ...kept.slice(0, 2)];
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
      <p className="error-words">{showText(error.message)}</p>
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
