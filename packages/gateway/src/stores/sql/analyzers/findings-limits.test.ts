import { join } from "node:path";
import { expect, test } from "vitest";
import { account, testDirectory } from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import type { AnalyzerStore, ScanStore } from "../../../ports/analyzer-store.ts";
import { openConnection } from "../../sqlite/connection.ts";
import { analyzerStore, scanStore } from "./analyzer-store.ts";

const grant = testGrant();

/** An analyzer, and scans of buckets that find access under as many conditions as the test says. */
async function analyzer() {
  const { database, folder } = await testDirectory();
  const [store, scans] = [analyzerStore(database), scanStore(database)];
  const made = { accountId: account, name: "own", createdAt: 1, tags: new Map(), token: undefined };
  await store.createAnalyzer(grant, made, []);
  const { id = "" } = (await store.findAnalyzer(account, "own")) ?? {};
  let at = 0;
  let condition = 0;
  const scan = (bucket: string, count: number) =>
    scans.recordScan({
      accountId: account,
      scan: { arn: `arn:aws:s3:::${bucket}`, generation: 1 },
      at: (at += 1),
      resource: { type: "AWS::S3::Bucket", createdAt: 1 },
      found: Array.from({ length: count }, () => ({
        principal: { type: "AWS", name: "*" } as const,
        actions: ["s3:GetObject"],
        conditions: { "aws:referer": String((condition += 1)) },
        isPublic: false,
      })),
    });
  /** The numbers of findings with the status after each write of a procedure. */
  const watched = async (
    status: string | undefined,
    run: (store: AnalyzerStore, scans: ScanStore) => Promise<unknown>,
  ) => {
    const counts: number[] = [];
    const count = async () =>
      (await database.reader.get(
        "SELECT count(*) FROM findings WHERE status = coalesce(?, status)",
        [status ?? null],
        ([found]) => Number(found),
      )) ?? 0;
    const write: typeof database.write = async (...call) => {
      const result = await database.write(...call);
      counts.push(await count());
      return result;
    };
    const slow = { ...database, write };
    await run(analyzerStore(slow), scanStore(slow));
    return counts;
  };
  const findings = () =>
    store.listFindings(grant, id, { order: "createdAt", descending: true, after: undefined, limit: 100_000 });
  return { store, id, scan, findings, watched, folder };
}

test("a policy that changes again and again leaves its newest resolved findings", async () => {
  const { scan, findings } = await analyzer();
  for (let change = 0; change < 5; change += 1) await scan("a", 60);
  await scan("b", 10);
  const all = await findings();
  const of = (status: string, bucket: string) =>
    all.filter((one) => one.status === status && one.arn === `arn:aws:s3:::${bucket}`);
  expect([of("ACTIVE", "a").length, of("RESOLVED", "a").length, of("ACTIVE", "b").length]).toEqual([60, 100, 10]);
  expect(Math.min(...of("RESOLVED", "a").map(({ createdAt }) => createdAt))).toBe(3);
});

test("so do buckets that come and go", async () => {
  const { scan, findings } = await analyzer();
  for (let bucket = 0; bucket < 55; bucket += 1) {
    await scan(`b${bucket}`, 100);
    await scan(`b${bucket}`, 0);
  }
  const all = await findings();
  expect(all).toHaveLength(5000);
  expect(all.at(-1)?.arn).toBe("arn:aws:s3:::b5");
});

test("archive rules search a value for so many texts, because they would stop other changes otherwise", async () => {
  const { store, id } = await analyzer();
  const rule = (name: string, texts: number) => ({
    name,
    filter: { resource: { contains: Array.from({ length: texts }, (_, at) => String(at)) } },
    createdAt: 1,
    updatedAt: 1,
    token: undefined,
  });
  expect(await store.createRule(grant, id, rule("a", 500))).toEqual({ kind: "done" });
  expect(await store.createRule(grant, id, rule("b", 1))).toEqual({ kind: "too-large-rules" });
  expect(await store.changeRule(grant, id, rule("a", 501))).toEqual({ kind: "too-large-rules" });
});

test("archive rules have a size, because each scan compares with all of them", async () => {
  const { store, id } = await analyzer();
  const rule = (name: string, length: number) => ({
    name,
    filter: { id: { eq: ["x".repeat(length)] } },
    createdAt: 1,
    updatedAt: 1,
    token: undefined,
  });
  expect(await store.createRule(grant, id, rule("a", 60_000))).toEqual({ kind: "done" });
  expect(await store.createRule(grant, id, rule("b", 6000))).toEqual({ kind: "too-large-rules" });
  expect(await store.createRule(grant, id, rule("b", 1000))).toEqual({ kind: "done" });
  expect(await store.changeRule(grant, id, rule("b", 6000))).toEqual({ kind: "too-large-rules" });
  expect(await store.changeRule(grant, id, rule("a", 63_000))).toEqual({ kind: "done" });
  await store.deleteAnalyzer(grant, id);
  const made = { accountId: account, name: "next", createdAt: 1, tags: new Map(), token: undefined };
  const rules = [rule("a", 60_000), rule("b", 6000)];
  expect(await store.createAnalyzer(grant, made, rules)).toEqual({ kind: "too-large-rules" });
  expect(await store.listAnalyzers(grant, account)).toEqual([]);
});

test("a rule is applied, and an analyzer deleted, a slice of findings at a time: others write between", async () => {
  const { store, id, scan, watched } = await analyzer();
  for (const bucket of ["a", "b", "c"]) await scan(bucket, 500);
  const rule = { name: "all", filter: { status: { eq: ["ACTIVE"] } }, createdAt: 1, updatedAt: 1, token: undefined };
  await store.createRule(grant, id, rule);
  const archived = await watched("ARCHIVED", (slow) => slow.applyRule(grant, id, "all", 1));
  expect(archived).toEqual([500, 1000, 1500, 1500]);
  const left = await watched(undefined, async (slow, scans) => {
    expect(await slow.deleteAnalyzer(grant, id)).toEqual({ kind: "done" });
    await scans.prepare(account);
  });
  expect(left).toEqual([1000, 500, 0, 0]);
});

test("a new analyzer enqueues the roles of its account a slice at a time", async () => {
  const { store, id, folder, watched } = await analyzer();
  await store.deleteAnalyzer(grant, id);
  const connection = openConnection(join(folder, "directory.db"));
  connection.exec(`WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
    INSERT INTO principals (id, account_id, kind, name, folded, path, created_at, tags)
    SELECT 'AROA' || n, '${account}', 'role', 'R' || n, 'r' || n, '/', 1, x'7b7d' FROM numbers`);
  connection.close();
  const made = { accountId: account, name: "own", createdAt: 1, tags: new Map(), token: undefined };
  const pending: number[] = [];
  await watched(undefined, async (slow, scans) => {
    await slow.createAnalyzer(grant, made, []);
    pending.push(await scans.pending(account));
    await scans.prepare(account);
    pending.push(await scans.pending(account));
  });
  const [atOnce = 0, whenPrepared = 0] = pending;
  expect(atOnce).toBe(2);
  expect(whenPrepared).toBeGreaterThanOrEqual(1200);
});
