import type { WriteRefusal } from "../../ports/data-plane.ts";
import { type Refusal, refuse, type S3Context } from "../operation.ts";

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

/** The data plane's word for an expected end, in S3's. That a condition missed for want of an object is for who may list. */
export async function writeRefusal({ kind }: WriteRefusal, mayList: S3Context["mayList"]): Promise<Refusal> {
  return kind === "conditional-miss" && !(await mayList("bucket")) ? refuse("AccessDenied") : refuse(codes[kind]);
}
