import { CallError } from "../api/call.ts";

/** What somebody has written since is somebody's intention: it is not taken back. `what`: "the policy reports-read". */
export function changedSince(what: string): CallError {
  return new CallError({ code: "ChangedSince", message: `Somebody has changed ${what} since.`, status: 0 });
}

export function isChangedSince(error: unknown): boolean {
  return error instanceof CallError && error.code === "ChangedSince";
}

/** Both are texts of policies, or settings as JSON; undefined: there is none. IAM and S3 give a policy back as it was sent. */
export function checkKept(now: string | undefined, written: string | undefined, what: string): void {
  if (now !== written) throw changedSince(what);
}
