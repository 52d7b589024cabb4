import { type RevisionPart, revisionParts } from "../revision.ts";

/** No cache is filled from these tables, and they change too often for caches to begin anew each time. */
const uncached: ReadonlySet<string> = new Set([
  "analyzed_resources",
  "analyzers",
  "archive_rules",
  "bucket_inventories",
  "console_sessions",
  "counters",
  "credential_reports",
  "event_outbox",
  "findings",
  "last_used",
  "mfa_devices",
  "move_runs",
  "moving_keys",
  "oidc_providers",
  "pending_scans",
  "session_counts",
  "session_log",
]);

/** Tables from which the caches of one part alone are filled. directory-cache.test.ts holds every cache to it. */
const tablesOf: Readonly<Record<RevisionPart, readonly string[]>> = {
  identity: [
    "accounts",
    "attachments",
    "group_attachments",
    "group_inline_policies",
    "group_members",
    "groups",
    "inline_policies",
    "organization",
    "organization_attachments",
    "organization_policies",
    "organization_policy_types",
    "policies",
    "policy_versions",
    "principals",
  ],
  keys: ["access_keys"],
  sessions: ["keyring", "revocations"],
  buckets: ["account_public_access_blocks", "bucket_configurations", "bucket_moves", "buckets"],
};

const partOf: ReadonlyMap<string, RevisionPart> = new Map(
  revisionParts.flatMap((part) => tablesOf[part].map((table) => [table, part] as const)),
);

/** Which caches a change of the table concerns: every one, when nothing is known of the table. */
export function partsOfTable(table: string): readonly RevisionPart[] {
  if (uncached.has(table)) return [];
  const part = partOf.get(table);
  return part === undefined ? revisionParts : [part];
}
