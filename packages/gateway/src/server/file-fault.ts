import { errorCode } from "../ports/store-error.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "the gateway has no right to read it",
  EPERM: "the gateway has no right to read it",
  EISDIR: "it is a folder",
};

/** Why a file that an option names could not be read, in words; the system's code where there are no words. */
export function fileFault(error: unknown): string {
  const code = errorCode(error) ?? "unreadable";
  return reasons[code] ?? code;
}
