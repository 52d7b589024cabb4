import { lookup } from "mime-types";
import { extname } from "node:path";

/** Where Python's `mimetypes`, whose answers scripts are used to, differs from the registry `mime-types` follows. */
const asPython: Readonly<Record<string, string>> = {
  ".c": "text/plain",
  ".exe": "application/octet-stream",
  ".h": "text/plain",
  ".opus": "audio/opus",
  ".py": "text/x-python",
  ".tgz": "application/x-tar",
  ".wav": "audio/x-wav",
  ".xml": "text/xml",
};

/** The content type a file's name suggests; none when it suggests nothing. */
export function guessContentType(path: string): string | undefined {
  const extension = extname(path).toLowerCase();
  return asPython[extension] ?? (lookup(extension) || undefined);
}
