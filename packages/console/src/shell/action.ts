import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { createElement } from "react";
import { ErrorDetails, type Notice, useNotify } from "./notices.tsx";

export interface ActionOptions<T> {
  /** "delete the user": an error is "Could not delete the user". */
  readonly task: string;
  /** What to read again; the page shows what the gateway has, not what was sent. */
  readonly refresh?: readonly QueryKey[];
  readonly done?: (value: T) => Notice | undefined | void;
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
  /** What a failed change has changed is read as well. */
  const refresh = async (): Promise<void> => {
    for (const queryKey of options.refresh ?? []) await client.invalidateQueries({ queryKey });
  };
  const mutation = useMutation({
    mutationFn: change,
    onSuccess: (value) => {
      const notice = options.done?.(value);
      if (notice) notify(notice);
    },
    onError: (error) => {
      if (options.quiet !== true)
        notify({
          type: "error",
          header: `Could not ${options.task}`,
          content: createElement(ErrorDetails, { error }),
        });
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
