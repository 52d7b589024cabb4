/** What is kept of uses of credentials, and credential reports. */
import { describe, expect, test } from "vitest";
import { account, otherAccount, referenceTo } from "../test-directory.ts";
import { grant, type IdentityUnderTest, key } from "./identity-under-test.ts";

export function lastUsedContract(open: () => Promise<IdentityUnderTest>): void {
  describe("the last use", () => {
    test("is the latest one that any process has noted, of what exists", async () => {
      const directory = await open();
      const { store, second } = directory;
      const ann = await directory.user("ann");
      const { id: role } = await directory.role("reader");
      await key(directory, ann, "AKIAANN");
      const use = (subject: string, at: number, service = "s3") => ({ subject, at, service, region: "eu-west-1" });
      expect(await store.lastUse("AKIAANN")).toBeUndefined();
      await store.recordUses([use("AKIAANN", 10), use(role, 5), use("AKIANOBODY", 10), use(ann, 7, "signin")]);
      expect(await second.lastUse("AKIAANN")).toEqual({ at: 10, service: "s3", region: "eu-west-1" });
      expect(await store.lastUse("AKIANOBODY")).toBeUndefined();
      await second.recordUses([use("AKIAANN", 9, "sts"), use(role, 6, "sts")]);
      expect(await store.lastUse("AKIAANN")).toMatchObject({ at: 10, service: "s3" });
      expect(await store.lastUse(role)).toMatchObject({ at: 6, service: "sts" });
      expect(await store.lastUse(ann)).toMatchObject({ service: "signin" });
      // It goes with what was used, and does not come back.
      await store.deleteAccessKey(grant, account, ann, "AKIAANN");
      await store.deletePrincipal(grant, referenceTo(role));
      await store.recordUses([use("AKIAANN", 20), use(role, 20)]);
      expect([await store.lastUse("AKIAANN"), await store.lastUse(role)]).toEqual([undefined, undefined]);
    });

    test("a key is found by its own account, with its owner", async () => {
      const directory = await open();
      const { store } = directory;
      const ann = await directory.user("ann");
      await key(directory, ann, "AKIAANN");
      await key(directory, undefined, "AKIAROOT");
      const found = { accessKeyId: "AKIAANN", ownerId: ann, status: "Active", createdAt: 1 };
      expect(await store.findAccessKey(account, "AKIAANN")).toEqual(found);
      expect((await store.findAccessKey(account, "AKIAROOT"))?.ownerId).toBeUndefined();
      expect(await store.findAccessKey(otherAccount, "AKIAANN")).toBeUndefined();
      expect(await store.findAccessKey(account, "AKIANONE")).toBeUndefined();
    });
  });

  test("a credential report is one of an account, the latest", async () => {
    const { store, second } = await open();
    expect(await store.findCredentialReport(account)).toBeUndefined();
    await store.saveCredentialReport(account, { generatedAt: 5, content: "user\nä\n" });
    await second.saveCredentialReport(account, { generatedAt: 6, content: "user\nb\n" });
    expect(await store.findCredentialReport(account)).toEqual({ generatedAt: 6, content: "user\nb\n" });
    expect(await store.findCredentialReport(otherAccount)).toBeUndefined();
    expect(await store.accountCreatedAt(account)).toBe(1);
  });
}
