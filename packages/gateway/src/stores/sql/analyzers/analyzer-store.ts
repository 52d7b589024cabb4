import { blocksPublicAccess, countingGrants } from "../../../ports/public-access.ts";
import type { AnalyzedType, AnalyzerStore, ScanStore, ScanSubject } from "../../../ports/analyzer-store.ts";
import { bucketByName } from "../buckets/bucket-rows.ts";
import type { Reader } from "../database.ts";
import type { DirectoryDatabase } from "../identity/directory-database.ts";
import { accountById, principalByName } from "../identity/principal-rows.ts";
import * as rows from "./analyzer-rows.ts";

const prefixes = {
  "AWS::S3::Bucket": "arn:aws:s3:::",
  "AWS::IAM::Role": "arn:aws:iam::",
} as const satisfies Record<AnalyzedType, string>;

/** Rows that one write reads or changes: others can write between two of them, however many findings an account has. */
const slice = 500;

/** Analyzers in directory.db. */
export function analyzerStore(database: DirectoryDatabase): AnalyzerStore {
  const { reader } = database;
  return {
    findAnalyzer: async (accountId, name) => rows.analyzerByName(reader, accountId, name),
    listAnalyzers: async (_grant, accountId) => rows.analyzersOf(reader, accountId),
    createAnalyzer: (_grant, analyzer, rules) => database.write("createAnalyzer", { analyzer, rules }),
    deleteAnalyzer: (_grant, analyzerId) => database.write("deleteAnalyzer", { analyzerId, limit: slice }),
    changeAnalyzerTags: (_grant, analyzerId, change) => database.write("changeAnalyzerTags", { analyzerId, ...change }),
    findRule: async (_grant, analyzerId, name) => rows.ruleByName(reader, analyzerId, name),
    listRules: async (_grant, analyzerId) => rows.rulesOf(reader, analyzerId),
    createRule: (_grant, analyzerId, rule) => database.write("createArchiveRule", { analyzerId, rule }),
    changeRule: (_grant, analyzerId, rule) => database.write("changeArchiveRule", { analyzerId, rule }),
    deleteRule: (_grant, analyzerId, name) => database.write("deleteArchiveRule", { analyzerId, name }),
    async applyRule(_grant, analyzerId, name, at) {
      let after = "";
      for (;;) {
        const applied = await database.write("applyArchiveRule", { analyzerId, name, at, after, limit: slice });
        if ("outcome" in applied) return applied.outcome;
        after = applied.after;
      }
    },
    findFinding: async (_grant, analyzerId, id) => rows.findingById(reader, analyzerId, id),
    listFindings: async (_grant, analyzerId, query) => rows.findingsInOrder(reader, analyzerId, query),
    setFindingStatus: (_grant, analyzerId, which, status, at) =>
      database.write("setFindingStatus", { analyzerId, which, status, at }),
    findResource: async (_grant, analyzerId, arn) => rows.resourceByArn(reader, analyzerId, arn),
    async listResources(_grant, analyzerId, { type, after, limit }) {
      const prefix = type === undefined ? "arn:" : prefixes[type];
      const found = await rows.resourcesAfter(reader, analyzerId, { after, prefix, limit: limit + 1 });
      const items = found.slice(0, limit);
      return { items, next: found.length > limit ? items.at(-1)?.arn : undefined };
    },
    async requestScan(_grant, accountId, arn) {
      if ((await subjectOf(reader, accountId, arn)) === undefined) return false;
      await database.write("requestScan", { accountId, arn });
      return true;
    },
  };
}

/** For the scans. */
export function scanStore(database: DirectoryDatabase): ScanStore {
  const { reader } = database;
  return {
    accountsToScan: () => rows.accountsToScan(reader),
    async prepare(accountId) {
      const some = { accountId, limit: slice };
      while ((await rows.deletedAnalyzer(reader, accountId)) !== undefined) await database.write("removeSome", some);
      while ((await rows.pendingEvery(reader, accountId)) !== undefined) await database.write("enqueueSome", some);
    },
    pending: (accountId) => rows.countPending(reader, accountId),
    pendingScans: (accountId, limit) => rows.pendingScans(reader, accountId, limit),
    scanSubject: (accountId, arn) => subjectOf(reader, accountId, arn),
    recordScan: (result) => database.write("recordScan", result),
  };
}

async function subjectOf(reader: Reader, accountId: string, arn: string): Promise<ScanSubject | undefined> {
  const canonicalId = (await accountById(reader, accountId))?.canonicalId;
  if (arn.startsWith(prefixes["AWS::S3::Bucket"])) {
    const bucket = await bucketByName(reader, Buffer.from(arn.slice(prefixes["AWS::S3::Bucket"].length), "utf8"));
    if (bucket?.owner !== accountId || bucket.state === "creating") return undefined;
    const restrictPublicBuckets = blocksPublicAccess(bucket, "restrictPublicBuckets");
    const { createdAt, policy } = bucket;
    const acl = countingGrants(bucket, bucket.acl);
    return { type: "AWS::S3::Bucket", createdAt, policy, acl, restrictPublicBuckets, canonicalId };
  }
  const role = await principalByName(reader, accountId, "role", arn.slice(arn.lastIndexOf("/") + 1));
  if (role?.kind !== "role" || role.arn !== arn) return undefined;
  const { createdAt, trust } = role;
  return { type: "AWS::IAM::Role", createdAt, policy: trust, acl: [], restrictPublicBuckets: false, canonicalId };
}
