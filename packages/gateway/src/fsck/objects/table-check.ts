import type { Connection } from "../../stores/sqlite/connection.ts";
import type { Checks } from "../checks.ts";
import type { FindingKind } from "../finding-kinds.ts";

/** Rows of objects.db that do not agree with one another. */
export interface TableCheck {
  readonly kind: FindingKind;
  /** The table that the rows are of. */
  readonly table: string;
  /** Gives `bucket_id`, `key`, `version_id`, NULL where there is none, and `id`, the key of the row that is wrong. */
  readonly select: string;
  /** `found`: the table with what `select` gave. */
  mend(connection: Connection, found: string, checks: Checks): void;
}

/** Of rows that are of no bucket. */
export const noPlace = "NULL AS bucket_id, NULL AS key, NULL AS version_id";
