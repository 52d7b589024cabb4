import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { createElement } from "react";
import { useNavigate } from "react-router";
import { accountAccessKey } from "../access/account-key.ts";
import { ErrorDetails, type Notice, useNotify } from "./notices.tsx";

export interface ActionOptions<T> {
  /** "delete the user": an error is "Could not delete the user". */
  readonly task: string;
  /** What to read again; the page shows what the gateway has, not what was sent. */
  readonly refresh?: readonly QueryKey[];
  readonly done?: (value: T) => Notice | undefined | void;
  /** The page that shows what was done, when it is another one; its notice is shown there. */
  readonly goTo?: ((value: T) => string) | undefined;
  /** What the notice offers as a way back. */
  readonly undo?: (value: T) => Promise<unknown>;
  /** The form shows the error itself. */
  readonly quiet?: boolean;
}

export interface Action<A, T> {
  readonly run: (input: A) => void;
  readonly busy: boolean;
  readonly error: unknown;
  readonly reset: () => void;
  readonly value: T | undefined;
}

/** A change: run once at a time, reported in a notice, and followed by reading what it changed. */
export function useAction<A = void, T = unknown>(
  change: (input: A) => Promise<T>,
  options: ActionOptions<T>,
): Action<A, T> {
  const client = useQueryClient();
  const notify = useNotify();
  const navigate = useNavigate();
  /** What a failed change has changed is read as well. */
  const refresh = async (): Promise<void> => {
    for (const queryKey of options.refresh ?? []) await client.invalidateQueries({ queryKey });
    // Most changes are changes of somebody's rights.
    await client.invalidateQueries({ queryKey: [accountAccessKey] });
  };
  const report = (task: string, error: unknown): void =>
    notify({ type: "error", header: `Could not ${task}`, content: createElement(ErrorDetails, { error }) });
  const undo = useMutation({
    mutationFn: async (value: T) => options.undo?.(value),
    onSuccess: () => notify({ type: "success", header: "It is as it was before" }),
    onError: (error) => report("undo that", error),
    onSettled: refresh,
  });
  const mutation = useMutation({
    mutationFn: change,
    onSuccess: (value) => {
      const notice = options.done?.(value);
      const path = options.goTo?.(value);
      if (path !== undefined) void navigate(path);
      if (!notice) return;
      const action = options.undo && { text: "Undo", run: () => undo.mutate(value) };
      notify({ ...notice, ...(action === undefined ? {} : { action }) }, path);
    },
    onError: (error) => {
      if (options.quiet !== true) report(options.task, error);
    },
    onSettled: refresh,
  });
  return {
    run: (input) => mutation.mutate(input),
    busy: mutation.isPending,
    error: mutation.error ?? undefined,
    reset: mutation.reset,
    value: mutation.data,
  };
}
