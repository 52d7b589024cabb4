import type { AccessLevel } from "@s3-credentials/policy";

/** In the order in which AWS's console shows them. */
export const levels = [
  "List",
  "Read",
  "Write",
  "Tagging",
  "Permissions management",
] as const satisfies readonly AccessLevel[];
