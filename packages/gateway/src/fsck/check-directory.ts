import { parsePolicy, type PolicyKind } from "@s3-credentials/policy";
import { asyncWriter } from "../stores/sqlite/asynchronous.ts";
import type { Connection } from "../stores/sqlite/connection.ts";
import { bucketById } from "../stores/sql/buckets/bucket-rows.ts";
import { optional, policyText, type SqlValue, text, utf8 } from "../stores/sql/sql-value.ts";
import { StoreError } from "../ports/store-error.ts";
import type { Checks } from "./checks.ts";
import type { Finding } from "./finding.ts";
import { eachRow, findRows } from "./found-rows.ts";

const bucketName = "(SELECT CAST(name AS TEXT) FROM buckets b WHERE b.id = bucket_id)";

/** Where policies are: what names each of them to the operator, and what kind its documents are of. */
const policies: readonly (readonly [table: string, select: string, kind: PolicyKind])[] = [
  ["inline_policies", "SELECT holder_id || ' ' || name AS id, document FROM inline_policies", "identity"],
  ["group_inline_policies", "SELECT holder_id || ' ' || name AS id, document FROM group_inline_policies", "identity"],
  ["policy_versions", "SELECT policy_arn || ' v' || number AS id, document FROM policy_versions", "identity"],
  ["principals", "SELECT id || ' ' || name AS id, trust AS document FROM principals WHERE trust IS NOT NULL", "trust"],
  [
    "bucket_configurations",
    `SELECT ${bucketName} AS id, document FROM bucket_configurations WHERE sub_resource = 'policy'`,
    "resource",
  ],
  [
    "organization_policies",
    "SELECT id, document FROM organization_policies WHERE type = 'SERVICE_CONTROL_POLICY'",
    "guardrail",
  ],
  [
    "organization_policies",
    "SELECT id, document FROM organization_policies WHERE type = 'RESOURCE_CONTROL_POLICY'",
    "resource-guardrail",
  ],
];

/** Columns with JSON, and what names a row. Sub-resources of buckets that are one word or XML are left out. */
const documents: readonly (readonly [table: string, id: string, column: string, condition?: string])[] = [
  ["principals", "id", "tags"],
  ["policies", "arn", "tags"],
  ["mfa_devices", "serial", "tags"],
  ["oidc_providers", "arn", "client_ids"],
  ["oidc_providers", "arn", "thumbprints"],
  ["oidc_providers", "arn", "tags"],
  ["analyzers", "id", "tags"],
  ["archive_rules", "analyzer_id || ' ' || name", "filter"],
  ["account_public_access_blocks", "account_id", "document"],
  ["bucket_inventories", `${bucketName} || ' ' || id`, "document"],
  [
    "bucket_configurations",
    `${bucketName} || ' ' || sub_resource`,
    "document",
    "sub_resource NOT IN ('policy', 'website', 'abac', 'requesterPays', 'ownershipControls')",
  ],
];

/** Policies, documents, buckets and what belongs to what in directory.db. */
export async function* checkDirectory(connection: Connection, checks: Checks): AsyncGenerator<Finding> {
  checks.progress("directory.db: documents");
  for (const [table, select, kind] of policies) yield* unreadablePolicies(connection, checks, table, select, kind);
  for (const [table, id, column, condition = "1"] of documents) {
    const broken = `SELECT ${id} AS id FROM ${table} WHERE ${condition} AND NOT json_valid(CAST(${column} AS TEXT))`;
    for (const [row] of found(connection, broken))
      yield checks.found("document-unreadable", { at: `directory.db ${table} ${text(row)}` });
  }
  const withoutDefault = `SELECT arn FROM policies p WHERE NOT EXISTS
    (SELECT 1 FROM policy_versions v WHERE v.policy_arn = p.arn AND v.number = p.default_version)`;
  for (const [arn] of found(connection, withoutDefault))
    yield checks.found("policy-version-missing", { at: `directory.db policies ${text(arn)}` });
  yield* unreadableOutbox(connection, checks);
  yield* checkBuckets(connection, checks);
}

function found(connection: Connection, select: string): readonly (readonly SqlValue[])[] {
  return connection.all(select, [], (row) => row);
}

function* unreadablePolicies(
  connection: Connection,
  checks: Checks,
  table: string,
  select: string,
  kind: PolicyKind,
): Generator<Finding> {
  const all = findRows(connection, "policy-unreadable", select);
  for (const [id, document] of eachRow(connection, all, "id, document"))
    if (parsePolicy(policyText(document), kind).policy === undefined)
      yield checks.found("policy-unreadable", { at: `directory.db ${table} ${text(id)}` });
}

function* unreadableOutbox(connection: Connection, checks: Checks): Generator<Finding> {
  const broken = "NOT json_valid(CAST(event AS TEXT))";
  for (const [id] of found(connection, `SELECT event_id FROM event_outbox WHERE ${broken}`))
    yield checks.found("outbox-unreadable", { at: `directory.db event_outbox ${text(id)}` });
  if (checks.repairs) checks.aside.rows(connection, "directory.db", "event_outbox", broken);
}

async function* checkBuckets(connection: Connection, checks: Checks): AsyncGenerator<Finding> {
  const all = findRows(
    connection,
    "bucket-ownerless",
    "SELECT id, name, state, (SELECT id FROM accounts a WHERE a.id = owner) AS account FROM buckets",
  );
  const reader = asyncWriter(connection);
  for (const [id, name, state, account] of eachRow(connection, all, "id, name, state, account")) {
    const bucket = utf8(name);
    if (optional(text, account ?? null) === undefined) yield checks.found("bucket-ownerless", { bucket });
    if (text(state) !== "active") yield checks.found("bucket-unsettled", { bucket, detail: text(state) });
    const fault = await bucketById(reader, text(id)).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof StoreError) return error.message;
        throw error;
      },
    );
    if (fault !== undefined) yield checks.found("document-unreadable", { bucket, detail: fault });
  }
}
