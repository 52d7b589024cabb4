import type { WriteRefusal } from "../../ports/data-plane.ts";
import { type Refusal, refuse } from "../operation.ts";

const codes = {
  "precondition-failed": "PreconditionFailed",
  "conditional-miss": "NoSuchKey",
  "bucket-closed": "NoSuchBucket",
  "no-such-upload": "NoSuchUpload",
  "invalid-part": "InvalidPart",
  "invalid-part-order": "InvalidPartOrder",
  "part-too-small": "EntityTooSmall",
  "no-such-version": "NoSuchVersion",
} as const satisfies Readonly<Record<WriteRefusal["kind"], string>>;

/** The S3 error of an outcome of the data plane. Only who may list the bucket learns that a condition failed because there is no object. */
export async function writeRefusal({ kind }: WriteRefusal, mayList: () => Promise<boolean>): Promise<Refusal> {
  return kind === "conditional-miss" && !(await mayList()) ? refuse("AccessDenied") : refuse(codes[kind]);
}
