import pg from "pg";
import { StoreError } from "../../ports/store-error.ts";

/** By SQLSTATE, else by its class: https://www.postgresql.org/docs/15/errcodes-appendix.html */
const kinds: ReadonlyMap<string, StoreError["kind"]> = new Map([
  ["08", "unavailable"], // connection
  ["0A000", "unavailable"], // a prepared statement whose tables were changed: the next connection prepares it anew
  ["23", "conflict"], // constraint
  ["25006", "unavailable"], // read only: the server is a standby now
  ["25P03", "unavailable"], // idle in a transaction for too long
  ["28", "unavailable"], // the server does not accept who we are
  ["3D", "unavailable"], // no such database
  ["40", "unavailable"], // rolled back: deadlock, serialization
  ["42501", "unavailable"], // the user has no right to it
  ["53100", "full"],
  ["53", "unavailable"], // resources
  ["55", "unavailable"], // a lock was not to be had in time
  ["57", "unavailable"], // cancelled, shut down, starting up
  ["58", "unavailable"], // the server's disk and system
]);

/**
 * Of what `pg` rejected with. An error without SQLSTATE is one of the connection: lost, refused, too late. Whether a commit that failed so is
 * stored is not known. Every error that is not known to be temporary is `corrupt`, so that it fails closed and is reported.
 */
export function storeErrorOf(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = sqlStateOf(cause);
  if (code === undefined) return new StoreError("unavailable", `PostgreSQL: ${message}`, { cause });
  const kind = kinds.get(code) ?? kinds.get(code.slice(0, 2)) ?? "corrupt";
  return new StoreError(kind, `PostgreSQL: ${message} (${code})`, { cause });
}

/** Whether the connection can be used after it: the server refused one statement and nothing else. */
export function isOfStatementAlone(error: StoreError): boolean {
  const { cause } = error;
  return cause instanceof pg.DatabaseError && cause.severity === "ERROR" && cause.code !== "0A000";
}

function sqlStateOf(cause: unknown): string | undefined {
  return cause instanceof pg.DatabaseError ? cause.code : undefined;
}
