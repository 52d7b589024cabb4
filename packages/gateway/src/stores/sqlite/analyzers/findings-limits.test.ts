import { expect, test } from "vitest";
import { account, testDirectory } from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import { sqliteAnalyzerStore, sqliteScanStore } from "./sqlite-analyzer-store.ts";

const grant = testGrant();

/** An analyzer, and scans of buckets that find access under as many conditions as the test says. */
async function analyzer() {
  const { database } = await testDirectory();
  const [store, scans] = [sqliteAnalyzerStore(database), sqliteScanStore(database)];
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
  const findings = () =>
    store.listFindings(grant, id, { order: "createdAt", descending: true, after: undefined, limit: 100_000 });
  return { store, id, scan, findings };
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
