import { errorCode } from "./store-error.ts";

const reasons: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EPERM: "no permission",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk's quota is used up",
  EIO: "the disk fails; the system's log says how",
};

/** Why a call of the system failed, in words; its code where there are none; undefined: it was not the system's. */
export function systemReason(error: unknown): string | undefined {
  const code = errorCode(error);
  return code === undefined ? undefined : (reasons[code] ?? code);
}
