/** The code of a failed call of the system: `ENOENT`, `EACCES` …; undefined for an error without one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "this user may not read it",
  EPERM: "this user may not read it",
  EISDIR: "it is a folder",
};

/** Why a file could not be read, in words; the system's code where there are no words. */
export function fileFailure(error: unknown): string {
  const code = errorCode(error) ?? "it cannot be read";
  return reasons[code] ?? code;
}
