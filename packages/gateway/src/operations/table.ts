import { iamOperations } from "./iam/table.ts";
import type { NotImplementedOperation, PreflightOperation, QueryOperation, S3Operation } from "./operation.ts";
import {
  type IamOperationName,
  iamOperationNames,
  type S3OperationName,
  s3OperationNames,
  type StsOperationName,
  stsOperationNames,
} from "./operation-name.ts";
import { s3Operations } from "./s3/table.ts";
import { stsOperations } from "./sts/table.ts";

/** When the list of what is missing was last compared with the services' documentation. */
const lastLooked = "2026-11-23";

/**
 * INVARIANT: total over the documented names. What has no row of its own is known and refused by name; what is not
 * documented does not exist.
 */
function total<Name extends string, Row>(
  names: readonly Name[],
  rows: Readonly<Partial<Record<Name, Row>>>,
): Readonly<Record<Name, Row | NotImplementedOperation>> {
  const entries = names.map((name) => [name, rows[name] ?? { name, notImplemented: lastLooked }] as const);
  return Object.assign(Object.create(null) as object, Object.fromEntries(entries)) as Record<
    Name,
    Row | NotImplementedOperation
  >;
}

export type S3Row = S3Operation | PreflightOperation | NotImplementedOperation;
export type QueryRow = QueryOperation | NotImplementedOperation;

export const s3Table: Readonly<Record<S3OperationName, S3Row>> = total(s3OperationNames, s3Operations);
export const iamTable: Readonly<Record<IamOperationName, QueryRow>> = total(iamOperationNames, iamOperations);
export const stsTable: Readonly<Record<StsOperationName, QueryRow>> = total(stsOperationNames, stsOperations);

/** By service, for reference pages and tests. */
export const operationTables = { S3: s3Table, IAM: iamTable, STS: stsTable } as const;
