import { fieldsOf, isRecord } from "@s3-credentials/policy/parse";
import type { ObjectMetadata } from "../../ports/object-version.ts";
import { type ObjectLock, type Retention, retentionModes } from "../../ports/object-lock.ts";
import { StoreError } from "../../ports/store-error.ts";
import { type SqlValue, json } from "../../stores/sql/sql-value.ts";

/** NULL: no lock, and there never was one. */
export function lockColumn(lock: ObjectLock | undefined): string | null {
  return lock === undefined ? null : JSON.stringify(lock);
}

/** `lockColumn` wrote it. What is unreadable must not be taken for "nothing keeps it". */
export function lockFrom(column: SqlValue | undefined): Pick<ObjectMetadata, "lock"> {
  if (column === null) return {};
  const document = json(column);
  const { retention, legalHold } = fieldsOf(document);
  if (!isRecord(document) || (legalHold !== undefined && typeof legalHold !== "boolean"))
    throw new StoreError("corrupt", "the lock of a version is unreadable");
  return {
    lock: {
      ...(retention === undefined ? {} : { retention: retentionFrom(retention) }),
      ...(legalHold === undefined ? {} : { legalHold }),
    },
  };
}

function retentionFrom(value: unknown): Retention {
  const { mode, until } = fieldsOf(value);
  const known = retentionModes.find((one) => one === mode);
  if (known === undefined || typeof until !== "number" || !Number.isSafeInteger(until))
    throw new StoreError("corrupt", "the retention of a version is unreadable");
  return { mode: known, until };
}
