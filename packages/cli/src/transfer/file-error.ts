/** The code of a failed call of the file system: `ENOENT`, `EACCES` … */
export function fileErrorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "failed";
}
