/** What every store of analyzers must do beyond what requests show: what is to be scanned, and what a scan leaves. */
import { describe, expect, test } from "vitest";
import type { Acl, ObjectOwnership } from "../../src/ports/acl.ts";
import type { AnalyzerStore, FoundAccess, ScanResult, ScanStore } from "../../src/ports/analyzer-store.ts";
import { testGrant } from "../test-grant.ts";
import { account, otherAccount } from "../test-directory.ts";

export interface AnalyzersUnderTest {
  readonly store: AnalyzerStore;
  readonly scans: ScanStore;
  /** A bucket of the account with this policy, or with another one than before. */
  readonly setPolicy: (name: string, owner: string, policy: string | undefined) => Promise<void>;
  /** Of a bucket that is there. */
  readonly setAcl: (name: string, ownership: ObjectOwnership, acl: Acl) => Promise<void>;
  readonly makeRole: (name: string, owner: string) => Promise<void>;
}

const grant = testGrant();
const day = 24 * 60 * 60 * 1000;
const arn = "arn:aws:s3:::b";

function accessOf(name: string, isPublic = false): FoundAccess {
  return { principal: { type: "AWS", name }, actions: ["s3:GetObject"], conditions: {}, isPublic };
}

export function analyzersContract(open: () => Promise<AnalyzersUnderTest>): void {
  async function analyzed() {
    const under = await open();
    const tags = new Map<string, string>();
    const made = { accountId: account, name: "own", createdAt: 1, tags, token: undefined };
    expect(await under.store.createAnalyzer(grant, made, [])).toEqual({ kind: "done" });
    const analyzer = await under.store.findAnalyzer(account, "own");
    if (analyzer === undefined) throw new Error("the analyzer was not made");
    const pending = () => under.scans.pendingScans(account, 100);
    const scan = async (found: readonly FoundAccess[], more: Partial<ScanResult> = {}) => {
      const [first] = (await pending()).filter((one) => one.arn === arn);
      const resource = { type: "AWS::S3::Bucket", createdAt: 1 } as const;
      const due = first ?? { arn, generation: 0 };
      await under.scans.recordScan({ accountId: account, scan: due, at: 100, resource, found, ...more });
    };
    const findings = async () => {
      const query = { order: "id", descending: false, after: undefined, limit: 100 } as const;
      return under.store.listFindings(grant, analyzer.id, query);
    };
    return { ...under, analyzer, pending, scan, findings };
  }

  describe("what is to be scanned", () => {
    test("everything of an account with an analyzer, and then what changes; nothing of other accounts", async () => {
      const under = await open();
      await under.setPolicy("b", account, "{}");
      await under.makeRole("r", account);
      expect(await under.scans.accountsToScan()).toEqual([]);
      const made = { accountId: account, name: "own", createdAt: 1, tags: new Map(), token: undefined };
      await under.store.createAnalyzer(grant, made, []);
      expect(await under.scans.pending(account)).toBeGreaterThan(0);
      await under.scans.prepare(account);
      await under.setPolicy("c", otherAccount, "{}");
      expect(await under.scans.accountsToScan()).toEqual([account]);
      const arns = async () => (await under.scans.pendingScans(account, 100)).map((one) => one.arn);
      expect(await arns()).toEqual([`arn:aws:iam::${account}:role/r`, arn]);
      await under.setPolicy("d", account, "{}");
      expect(await arns()).toContain("arn:aws:s3:::d");
      expect(await under.scans.pending(account)).toBe(3);
    });

    test("of a bucket, its policy and the grants of its ACL that count", async () => {
      const { setPolicy, setAcl, pending, scan, scans } = await analyzed();
      await setPolicy("b", account, "{}");
      const grants = [{ grantee: "f".repeat(64), permission: "READ" }] as const;
      const changed = async (ownership: ObjectOwnership, acl: Acl) => {
        await scan([]);
        expect((await pending()).map((one) => one.arn)).not.toContain(arn);
        await setAcl("b", ownership, acl);
        expect((await pending()).map((one) => one.arn)).toContain(arn);
        return (await scans.scanSubject(account, arn))?.acl;
      };
      expect(await changed("ObjectWriter", grants)).toEqual(grants);
      expect(await changed("BucketOwnerEnforced", grants)).toEqual([]);
      expect(await changed("ObjectWriter", [])).toEqual([]);
    });

    test("a resource that changes while it is scanned stays to be scanned", async () => {
      const { setPolicy, pending, scans } = await analyzed();
      await setPolicy("b", account, "{}");
      const [before] = await pending();
      if (before === undefined) throw new Error("nothing is pending");
      await setPolicy("b", account, "{ }");
      const result = { accountId: account, at: 1, resource: undefined, found: [] };
      await scans.recordScan({ ...result, scan: before });
      const [after] = await pending();
      expect(after?.generation).toBeGreaterThan(before.generation);
      if (after !== undefined) await scans.recordScan({ ...result, scan: after });
      expect(await pending()).toEqual([]);
    });
  });

  describe("what a scan leaves", () => {
    test("a finding for each principal, with the same id as long as its access comes back", async () => {
      const { scan, findings } = await analyzed();
      await scan([accessOf("1"), accessOf("2")]);
      const [first] = await findings();
      await scan([], { at: 200 });
      expect((await findings()).map(({ status }) => status)).toEqual(["RESOLVED", "RESOLVED"]);
      await scan([accessOf("1"), accessOf("2", true)], { at: 300 });
      const again = await findings();
      expect(again.map(({ status }) => status)).toEqual(["ACTIVE", "ACTIVE"]);
      expect(again[0]?.id).toBe(first?.id);
      expect(again[0]?.createdAt).toBe(100);
    });

    test("a scan that finds the same moves no update", async () => {
      const { scan, findings } = await analyzed();
      await scan([accessOf("1")]);
      await scan([accessOf("1")], { at: 200 });
      expect(await findings()).toMatchObject([{ analyzedAt: 200, updatedAt: 100 }]);
    });

    test("resolved findings are forgotten after 90 days", async () => {
      const { scan, findings } = await analyzed();
      await scan([accessOf("1")]);
      await scan([], { at: 200 });
      await scan([], { at: 200 + 90 * day });
      expect(await findings()).toHaveLength(1);
      await scan([], { at: 201 + 90 * day });
      expect(await findings()).toEqual([]);
    });

    test("a resource that is gone is not listed, and its findings are resolved", async () => {
      const { scan, findings, store, analyzer } = await analyzed();
      await scan([accessOf("*", true)]);
      expect(await store.findResource(grant, analyzer.id, arn)).toMatchObject({ isPublic: true });
      await scan([accessOf("*", true)], { resource: undefined, at: 200 });
      expect(await store.findResource(grant, analyzer.id, arn)).toBeUndefined();
      expect(await findings()).toMatchObject([{ status: "RESOLVED" }]);
    });

    test("an analyzer with very many findings is gone at once, and its account can have another one of its name", async () => {
      const { scan, store, analyzer, scans, setPolicy, pending } = await analyzed();
      await setPolicy("b", account, "{}");
      await scan(Array.from({ length: 1200 }, (_, at) => accessOf(String(at))));
      expect(await store.deleteAnalyzer(grant, analyzer.id)).toEqual({ kind: "done" });
      expect(await store.findAnalyzer(account, "own")).toBeUndefined();
      expect(await store.listAnalyzers(grant, account)).toEqual([]);
      expect(await store.deleteAnalyzer(grant, analyzer.id)).toEqual({ kind: "analyzer-missing" });
      const made = { accountId: account, name: "own", createdAt: 2, tags: new Map(), token: undefined };
      expect(await store.createAnalyzer(grant, made, [])).toEqual({ kind: "done" });
      expect(await scans.accountsToScan()).toEqual([account]);
      await scans.prepare(account);
      const left = { order: "id", descending: false, after: undefined, limit: 10 } as const;
      expect(await store.listFindings(grant, analyzer.id, left)).toEqual([]);
      // The next analyzer has to scan what the one before it knew.
      expect((await pending()).map((one) => one.arn)).toContain(arn);
    });

    test("an analyzer that is deleted leaves nothing, and a scan that ends later neither", async () => {
      const { scan, findings, store, analyzer, setPolicy, pending } = await analyzed();
      await setPolicy("b", account, "{}");
      await scan([accessOf("1")]);
      expect(await store.deleteAnalyzer(grant, analyzer.id)).toEqual({ kind: "done" });
      await setPolicy("b", account, "{ }");
      expect(await pending()).toEqual([]);
      await scan([accessOf("1")]);
      expect(await findings()).toEqual([]);
      expect(await store.deleteAnalyzer(grant, analyzer.id)).toEqual({ kind: "analyzer-missing" });
    });
  });

  test("an analyzer has at most 100 rules and 50 tags", async () => {
    const { store, analyzer } = await analyzed();
    const rule = { filter: { status: { eq: ["ACTIVE"] } }, createdAt: 1, updatedAt: 1, token: undefined };
    for (let at = 0; at < 100; at += 1)
      expect(await store.createRule(grant, analyzer.id, { ...rule, name: `r${at}` })).toEqual({ kind: "done" });
    expect(await store.createRule(grant, analyzer.id, { ...rule, name: "more" })).toEqual({ kind: "too-many-rules" });
    const tags = (count: number) => new Map(Array.from({ length: count }, (_, at) => [`k${at}`, "v"] as const));
    expect(await store.changeAnalyzerTags(grant, analyzer.id, { set: tags(50), removed: [] })).toEqual({
      kind: "done",
    });
    const more = { set: new Map([["more", "v"]]), removed: [] };
    expect(await store.changeAnalyzerTags(grant, analyzer.id, more)).toEqual({ kind: "too-many-tags" });
    expect(await store.changeAnalyzerTags(grant, analyzer.id, { ...more, removed: ["k0"] })).toEqual({ kind: "done" });
  });

  test("findings are read in slices, in any order, each once", async () => {
    const { scan, store, analyzer } = await analyzed();
    await scan(Array.from({ length: 25 }, (_, at) => accessOf(String(at))));
    for (const order of ["updatedAt", "resource", "id", "status"] as const)
      for (const descending of [true, false]) {
        const seen: string[] = [];
        let after: readonly [string | number, string] | undefined;
        do {
          const rows = await store.listFindings(grant, analyzer.id, { order, descending, after, limit: 10 });
          seen.push(...rows.map(({ id }) => id));
          const last = rows.at(-1);
          const value = {
            updatedAt: last?.updatedAt ?? 0,
            resource: last?.arn ?? "",
            id: last?.id ?? "",
            status: last?.status ?? "",
          };
          after = rows.length < 10 || last === undefined ? undefined : [value[order], last.id];
        } while (after !== undefined);
        expect(new Set(seen).size, order).toBe(25);
        expect(seen).toHaveLength(25);
      }
  });
}
