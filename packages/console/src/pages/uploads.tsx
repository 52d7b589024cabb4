import Button from "@cloudscape-design/components/button";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useSyncExternalStore } from "react";
import { abortUpload, isTaken, newUpload, runUpload, type Upload } from "../api/upload.ts";
import { CallError } from "../api/call.ts";
import { showName, showSize } from "../shell/format.ts";
import { messageOf } from "../shell/message-of.ts";

export interface NamedFile {
  readonly file: File;
  /** With the folders that it was chosen with: `photos/2026/one.jpg`. */
  readonly name: string;
}

interface Task {
  readonly id: number;
  readonly upload: Upload;
  readonly sent: number;
  readonly state: "waiting" | "running" | "done" | "taken" | "failed" | "cancelled";
  readonly words: string;
}

const filesAtOnce = 2;
/** Uploads go on while other pages of the console are shown. */
let tasks: readonly Task[] = [];
const running = new Map<number, AbortController>();
const listeners = new Set<() => void>();
let lastId = 0;

const isUnfinished = ({ state }: Task): boolean => state === "running" || state === "waiting";

// On whichever page of the console: they end with the document.
addEventListener("beforeunload", (event) => {
  if (tasks.some(isUnfinished)) event.preventDefault();
});

function change(id: number, fields: Partial<Task>): void {
  tasks = tasks.map((task) => (task.id === id ? { ...task, ...fields } : task));
  for (const listener of listeners) listener();
}

export function addUploads(bucket: string, prefix: string, files: readonly NamedFile[]): void {
  const added = files.map(({ file, name }): Task => {
    lastId += 1;
    return { id: lastId, upload: newUpload(bucket, `${prefix}${name}`, file), sent: 0, state: "waiting", words: "" };
  });
  tasks = [...tasks.filter(({ state }) => state !== "done" && state !== "cancelled"), ...added];
  for (const listener of listeners) listener();
  startNext();
}

function startNext(): void {
  while (running.size < filesAtOnce) {
    const next = tasks.find(({ state }) => state === "waiting");
    if (next === undefined) return;
    void runTask(next);
  }
}

async function runTask({ id, upload }: Task): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  change(id, { state: "running", words: "" });
  try {
    await runUpload(upload, { signal: controller.signal, onProgress: (sent) => change(id, { sent }) });
    change(id, { state: "done", sent: upload.file.size });
  } catch (error) {
    // No part is being sent any more: one that arrived after the upload was discarded would be kept.
    if (controller.signal.aborted) discard(upload);
    else if (isTaken(error)) change(id, { state: "taken", words: error.message });
    else
      change(id, {
        state: "failed",
        words:
          error instanceof CallError
            ? `${error.message} (${error.code}, request ${error.requestId || "–"})`
            : messageOf(error),
      });
  } finally {
    running.delete(id);
    startNext();
  }
}

function cancel({ id, upload }: Task): void {
  const run = running.get(id);
  change(id, { state: "cancelled" });
  if (run === undefined) discard(upload);
  else run.abort();
}

/** The parts may outlive the page when this fails; the bucket's owner can still abort the upload. */
function discard(upload: Upload): void {
  void abortUpload(upload).catch(() => undefined);
}

function retry({ id }: Task): void {
  change(id, { state: "waiting", words: "" });
  startNext();
}

function replace(chosen: readonly Task[]): void {
  for (const task of chosen) {
    task.upload.replace = true;
    retry(task);
  }
}

function useTasks(): readonly Task[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => tasks,
  );
}

const statuses = {
  waiting: "in-progress",
  running: "in-progress",
  done: "success",
  taken: "error",
  failed: "error",
  cancelled: "error",
} as const;

function resultOf({ state, words }: Task): string {
  if (state === "done") return "Uploaded";
  if (state !== "taken") return `Failed: ${words}`;
  return `Not uploaded: ${words}. Where versioning is on, an object that is replaced stays as an older version; else that cannot be undone.`;
}

/** The uploads into one bucket: progress, cancel, try again, and the question whether an object is replaced. */
export function Uploads({ bucket }: { readonly bucket: string }): ReactNode {
  const all = useTasks();
  const client = useQueryClient();
  const own = all.filter(({ upload, state }) => upload.bucket === bucket && state !== "cancelled");
  const done = own.filter(({ state }) => state === "done").length;
  useEffect(() => {
    if (done > 0) void client.invalidateQueries({ queryKey: ["objects", bucket] });
  }, [done, client, bucket]);
  if (own.length === 0) return null;
  const taken = own.filter(({ state }) => state === "taken");
  return (
    <section aria-label="Uploads" className="uploads">
      {taken.length < 2 ? null : (
        <div>
          <Button onClick={() => replace(taken)}>{`Replace all ${taken.length} objects`}</Button>
        </div>
      )}
      {own.map((task) => (
        <div key={task.id} className="upload">
          <ProgressBar
            label={showName(task.upload.key)}
            value={task.upload.file.size === 0 ? 100 : (100 * task.sent) / task.upload.file.size}
            description={`${showSize(task.sent)} of ${showSize(task.upload.file.size)}`}
            status={statuses[task.state]}
            resultText={resultOf(task)}
          />
          {isUnfinished(task) ? (
            <Button ariaLabel={`Cancel the upload of ${task.upload.key}`} onClick={() => cancel(task)}>
              Cancel
            </Button>
          ) : null}
          {task.state === "taken" || task.state === "failed" ? (
            <>
              {task.state === "taken" ? (
                <Button ariaLabel={`Replace ${task.upload.key}`} onClick={() => replace([task])}>
                  Replace it
                </Button>
              ) : (
                <Button ariaLabel={`Try again to upload ${task.upload.key}`} onClick={() => retry(task)}>
                  Try again
                </Button>
              )}
              <Button
                variant="link"
                ariaLabel={`Give up the upload of ${task.upload.key}`}
                onClick={() => cancel(task)}
              >
                Give up
              </Button>
            </>
          ) : null}
        </div>
      ))}
    </section>
  );
}
