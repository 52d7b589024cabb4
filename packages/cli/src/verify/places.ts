import { randomBytes } from "node:crypto";

/** A part of a bucket that is tried. */
export interface Place {
  readonly bucket: string;
  /** Keys tried begin with it; empty: at the top of the bucket. */
  readonly prefix: string;
  readonly what: "inside" | "neighbour" | "outside";
}

/**
 * Inside each prefix, beside it where a careless pattern would reach (`tenant1/` and `tenant10/`), and somewhere else.
 * Without prefixes the whole bucket is inside.
 */
export function placesOf(bucket: string, prefixes: readonly string[]): readonly Place[] {
  if (prefixes.length === 0) return [{ bucket, prefix: "", what: "inside" }];
  const starts = prefixes.map((prefix) => prefix.replace(/\*$/, ""));
  return [
    ...starts.map((prefix): Place => ({ bucket, prefix, what: "inside" })),
    ...starts.map((prefix): Place => ({ bucket, prefix: `${prefix.replace(/\/$/, "")}0/`, what: "neighbour" })),
    { bucket, prefix: `s3-credentials-${randomBytes(4).toString("hex")}/`, what: "outside" },
  ];
}
