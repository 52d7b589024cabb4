import type { Row } from "../sql/database.ts";
import { integer } from "../sql/sql-value.ts";
import { advisoryKey } from "./advisory-locks.ts";
import type { OtherGateways } from "./lease.ts";
import { identifier, literal } from "./statements.ts";

/** The statements around a group of writes, each of the two in one message. */
export interface GroupScripts {
  /** Takes the lock of all writers. The last answer is the revision, when there is one. */
  readonly begin: string;
  /** The first answer is the revision, when there is one; the last then says what the other gateways have confirmed. */
  commit(revisionBefore: number): string;
  readonly hasRevision: boolean;
}

/**
 * All writers of all gateways run one after the other, as SQLite's do: procedures look before they write (a name that is free, a number that is
 * below its limit), and in PostgreSQL two such transactions side by side would each miss what the other is about to do. The lock is let go
 * when the transaction can be seen by all.
 */
function beginning(schema: string): string {
  return `BEGIN; SELECT pg_advisory_xact_lock(${advisoryKey("writes", schema)})`;
}

/** Of tables of which nothing is kept in memory. */
export function plainScripts(schema: string): GroupScripts {
  return { begin: beginning(schema), commit: () => "COMMIT", hasRevision: false };
}

/** Of tables with a revision: a commit that moved it tells all gateways. `others`: the statement that `othersIn` reads. */
export function watchedScripts(schema: string, channel: string, others: string): GroupScripts {
  const notify = `pg_notify(${literal(channel)}, value::text)`;
  return {
    begin: `${beginning(schema)}; SELECT value FROM revision WHERE one = 1`,
    commit: (before) =>
      `SELECT value, CASE WHEN value <> ${before} THEN ${notify} END FROM revision WHERE one = 1; COMMIT; ${others}`,
    hasRevision: true,
  };
}

export function othersThan(gateway: string): string {
  return `SELECT min(confirmed), max(lease_length) FROM gateways WHERE id <> ${literal(gateway)}`;
}

export function othersIn(row: Row | undefined): OtherGateways | undefined {
  const [lowestConfirmed, leaseLength] = row ?? [];
  return lowestConfirmed === null
    ? undefined
    : { lowestConfirmed: integer(lowestConfirmed), leaseLength: integer(leaseLength) };
}

/** What a gateway listens to. */
export function channelOf(schema: string): string {
  return `s3_credentials_${schema}`;
}

export function listenTo(channel: string): string {
  return `LISTEN ${identifier(channel)}`;
}
