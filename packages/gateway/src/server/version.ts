import { createRequire } from "node:module";

/** The version in this package's `package.json`. */
export function version(): string {
  const manifest: unknown = createRequire(import.meta.url)("@s3-credentials/gateway/package.json");
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "";
}
