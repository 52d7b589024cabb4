/** Two gateways on one directory.db. What their stores do at once is in identityContract. */
import { describe, expect, test } from "vitest";
import { account, type TestDirectory, testDirectory, referenceTo } from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";

const grant = testGrant();
const aws = (name: string): string => `arn:aws:iam::aws:policy/${name}`;

async function pair(): Promise<readonly [TestDirectory, TestDirectory]> {
  const here = await testDirectory();
  return [here, await testDirectory(here.folder)];
}

describe("two writers", () => {
  test("see each other's changes at once, in what a caller may do too", async () => {
    const [here, there] = await pair();
    const ann = await here.user("ann");
    const key = { accountId: account, ownerId: ann, secretAccessKey: "s".repeat(40), createdAt: 1 };
    await here.store.createAccessKey(grant, { ...key, accessKeyId: "AKIAANN" });
    const names = async ({ principals }: TestDirectory): Promise<unknown> => {
      const found = await principals.credential("AKIAANN", undefined);
      const caller = found.kind === "found" ? await found.caller() : undefined;
      return caller?.layers.identity.map(({ name }) => name) ?? found.kind;
    };
    expect([await names(here), await names(there)]).toEqual([[], []]);
    await there.store.attachPolicy(grant, referenceTo(ann), aws("ReadOnlyAccess"));
    expect([await names(here), await names(there)]).toEqual([[aws("ReadOnlyAccess")], [aws("ReadOnlyAccess")]]);
    await here.store.setAccessKeyStatus(grant, account, ann, "AKIAANN", "Inactive");
    expect([await names(here), await names(there)]).toEqual(["inactive", "inactive"]);
  });
});
