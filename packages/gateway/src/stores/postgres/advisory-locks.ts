import { createHash } from "node:crypto";

/**
 * `migrations`: who changes the schema. `serving`: shared by every connection of a gateway. `writes`: who writes now. `starts`: the
 * gateway that starts. `jobs`: who does background work.
 */
const kinds = { migrations: 1, serving: 2, writes: 3, starts: 4, jobs: 5 } as const;

/**
 * The two numbers of PostgreSQL's advisory locks for a schema, as SQL: ours among those of other programs on the database. Two schemas with
 * one key would wait for each other and nothing worse.
 */
export function advisoryKey(kind: keyof typeof kinds, schema: string): string {
  const hash = createHash("sha256").update(`s3-credentials ${schema}`).digest();
  return `${hash.readInt32BE(0) ^ kinds[kind]}, ${hash.readInt32BE(4)}`;
}
