import type { StoreRefusal } from "../../ports/identity-store.ts";
import { type Refusal, refuse } from "../operation.ts";

/** The IAM error for an expected outcome of the store. `what`: `The user with name ann`. */
export function iamRefusal(refusal: StoreRefusal, what: string): Refusal {
  switch (refusal.kind) {
    case "exists":
      return refuse("EntityAlreadyExists", `${what} already exists.`);
    case "missing":
      return notFound(what);
    case "conflict":
      return refuse(
        "DeleteConflict",
        `Cannot delete entity, ${refusal.reason.charAt(0).toLowerCase()}${refusal.reason.slice(1)}${refusal.reason.endsWith(".") ? "" : "."}`,
      );
    case "limit":
      return refuse("LimitExceeded", limitMessage(refusal, what));
  }
}

function limitMessage({ what: name, quota }: Extract<StoreRefusal, { kind: "limit" }>, what: string): string {
  if (name === "inline policy size") return inlineTooLarge(quota, what);
  return `Cannot exceed quota for ${name}: ${quota}`;
}

/** `whose`: `user ann`. Its inline policies together, or one alone, are larger. */
export function inlineTooLarge(quota: number, whose: string): string {
  return `Maximum policy size of ${quota} bytes exceeded for ${whose}`;
}

export function notFound(what: string): Refusal {
  return refuse("NoSuchEntity", `${what} cannot be found.`);
}
