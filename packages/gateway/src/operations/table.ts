import { accessAnalyzerOperations } from "./access-analyzer/table.ts";
import { cloudtrailOperations } from "./cloudtrail/table.ts";
import { iamOperations } from "./iam/table.ts";
import type { JsonOperation, NotImplementedOperation, PreflightOperation, QueryOperation } from "./operation.ts";
import { accountOperations } from "./account/table.ts";
import { organizationsOperations } from "./organizations/table.ts";
import { ownOperations } from "./own/table.ts";
import {
  type AccessAnalyzerOperationName,
  accessAnalyzerOperationNames,
  type CloudtrailOperationName,
  cloudtrailOperationNames,
  type AccountOperationName,
  accountOperationNames,
  type IamOperationName,
  iamOperationNames,
  type S3OperationName,
  s3OperationNames,
  type OperationName,
  type OrganizationsOperationName,
  organizationsOperationNames,
  type OwnOperationName,
  ownOperationNames,
  type StsOperationName,
  stsOperationNames,
} from "../ports/operation-name.ts";
import type { S3Operation } from "./s3/s3-operation.ts";
import type { S3Route } from "./s3/s3-request.ts";
import { lastCompared, notImplementedRoutes } from "./s3/not-implemented.ts";
import { s3Operations } from "./s3/table.ts";
import { stsOperations } from "./sts/table.ts";

/**
 * INVARIANT: total over the documented names. What has no row of its own is known and refused by name; what is not
 * documented does not exist.
 */
function total<Name extends OperationName, Row>(
  names: readonly Name[],
  rows: Readonly<Partial<Record<Name, Row>>>,
): Readonly<Record<Name, Row | NotImplementedOperation>> {
  const entries = names.map((name) => [name, rows[name] ?? { name, notImplemented: lastCompared }] as const);
  return Object.assign(Object.create(null) as object, Object.fromEntries(entries)) as Record<
    Name,
    Row | NotImplementedOperation
  >;
}

export type S3Row = S3Operation | PreflightOperation | NotImplementedOperation;
export type QueryRow = QueryOperation | NotImplementedOperation;

export type JsonRow = JsonOperation | NotImplementedOperation;

export const s3Table: Readonly<Record<S3OperationName, S3Row>> = total(s3OperationNames, s3Operations);
export const iamTable: Readonly<Record<IamOperationName, QueryRow>> = total(iamOperationNames, iamOperations);
export const stsTable: Readonly<Record<StsOperationName, QueryRow>> = total(stsOperationNames, stsOperations);

export const accountTable: Readonly<Record<AccountOperationName, JsonRow>> = total(
  accountOperationNames,
  accountOperations,
);
export const organizationsTable: Readonly<Record<OrganizationsOperationName, JsonRow>> = total(
  organizationsOperationNames,
  organizationsOperations,
);

export const cloudtrailTable: Readonly<Record<CloudtrailOperationName, JsonRow>> = total(
  cloudtrailOperationNames,
  cloudtrailOperations,
);
export const accessAnalyzerTable: Readonly<Record<AccessAnalyzerOperationName, JsonRow>> = total(
  accessAnalyzerOperationNames,
  accessAnalyzerOperations,
);
export const ownTable: Readonly<Record<OwnOperationName, JsonRow>> = total(ownOperationNames, ownOperations);

/** The requests of every documented S3 operation that this endpoint can get; only the method distinguishes preflights. */
export const s3Routes: readonly (readonly [S3OperationName, S3Route])[] = s3OperationNames.flatMap((name) => {
  const row = s3Table[name];
  const route = "route" in row ? row.route : notImplementedRoutes[name];
  return route === undefined ? [] : [[name, route] as const];
});

/** By service, for reference pages and tests. */
export const operationTables = {
  S3: s3Table,
  IAM: iamTable,
  STS: stsTable,
  Organizations: organizationsTable,
  CloudTrail: cloudtrailTable,
  Account: accountTable,
  "Access-Analyzer": accessAnalyzerTable,
  "s3-credentials": ownTable,
} as const;
