/** Limits and refusals. Numbers: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
import { describe, expect, test } from "vitest";
import { account, otherAccount, type TestDirectory, testDirectory } from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";

const grant = testGrant();
const done = { kind: "done" };
const missing = { kind: "missing" };
const ReadOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const arnOf = (name: string, owner = account, path = "/"): string => `arn:aws:iam::${owner}:policy${path}${name}`;
const document = JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } });

async function policy({ store }: TestDirectory, name: string, owner = account): Promise<string> {
  const made = await store.createPolicy(grant, {
    accountId: owner,
    policyId: `ANPA${owner}${name}`,
    name,
    path: "/",
    description: undefined,
    document,
    createdAt: 1,
  });
  expect(made).toEqual(done);
  return arnOf(name, owner);
}

function key({ store }: TestDirectory, ownerId: string | undefined, name: string, owner = account): Promise<unknown> {
  const secretAccessKey = "s".repeat(40);
  return store.createAccessKey(grant, { accountId: owner, ownerId, accessKeyId: name, secretAccessKey, createdAt: 1 });
}

describe("access keys", () => {
  test("are two for each user and for the root, active or not; a deleted one makes room", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const limit = { kind: "limit", what: "AccessKeysPerUser", quota: 2 };
    for (const ownerId of [await directory.user("ann"), undefined, await directory.user("bob")]) {
      const name = (which: string): string => `AKIA${ownerId ?? "ROOT"}${which}`;
      expect([await key(directory, ownerId, name("A")), await key(directory, ownerId, name("B"))]).toEqual([
        done,
        done,
      ]);
      expect(await key(directory, ownerId, name("C"))).toEqual(limit);
      await store.setAccessKeyStatus(grant, account, ownerId, name("A"), "Inactive");
      expect(await key(directory, ownerId, name("C"))).toEqual(limit);
      expect(await store.deleteAccessKey(grant, account, ownerId, name("A"))).toEqual(done);
      expect(await key(directory, ownerId, name("C"))).toEqual(done);
      expect((await store.listAccessKeys(grant, account, ownerId)).map((one) => one.accessKeyId)).toEqual([
        name("B"),
        name("C"),
      ]);
    }
  });

  test("belong to users of their own account only", async () => {
    const directory = await testDirectory();
    const ann = await directory.user("ann");
    const { id: reader } = await directory.role("reader");
    expect(await key(directory, reader, "AKIAROLE")).toEqual(missing);
    expect(await key(directory, "AIDANOBODY", "AKIANOBODY")).toEqual(missing);
    expect(await key(directory, ann, "AKIAABROAD", otherAccount)).toEqual(missing);
    expect(await key(directory, ann, "AKIAHOME")).toEqual(done);
  });

  test("are changed and deleted by their owner's name only", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const [ann, bob] = [await directory.user("ann"), await directory.user("bob")];
    await key(directory, ann, "AKIAANN");
    await key(directory, undefined, "AKIAROOT");
    for (const [owner, ownerId, id] of [
      [account, bob, "AKIAANN"],
      [account, undefined, "AKIAANN"],
      [otherAccount, ann, "AKIAANN"],
      [account, ann, "AKIAROOT"],
      [otherAccount, undefined, "AKIAROOT"],
      [account, ann, "AKIANONE"],
    ] as const) {
      expect(await store.setAccessKeyStatus(grant, owner, ownerId, id, "Inactive")).toEqual(missing);
      expect(await store.deleteAccessKey(grant, owner, ownerId, id)).toEqual(missing);
    }
    expect(await store.listAccessKeys(grant, account, ann)).toEqual([
      { accessKeyId: "AKIAANN", status: "Active", createdAt: 1 },
    ]);
    expect(await store.listAccessKeys(grant, account, undefined)).toEqual([
      { accessKeyId: "AKIAROOT", status: "Active", createdAt: 1 },
    ]);
  });

  test("never have one id twice, in whatever account", async () => {
    const directory = await testDirectory();
    await key(directory, await directory.user("ann"), "AKIAONCE");
    const again = [
      key(directory, await directory.user("bob"), "AKIAONCE"),
      key(directory, undefined, "AKIAONCE", otherAccount),
    ];
    for (const one of again) await expect(one).rejects.toMatchObject({ name: "StoreError", kind: "conflict" });
  });
});

describe("policies of a user or role", () => {
  test.each(["user", "role"] as const)("are ten managed ones for a %s", async (kind) => {
    const directory = await testDirectory();
    const { store } = directory;
    const holder = kind === "user" ? await directory.user("h") : (await directory.role("h")).id;
    const arns = await Promise.all(Array.from({ length: 11 }, (_, index) => policy(directory, `p${index}`)));
    for (const arn of arns.slice(0, 10)) expect(await store.attachPolicy(grant, holder, arn)).toEqual(done);
    const limit = { kind: "limit", what: kind === "user" ? "PoliciesPerUser" : "PoliciesPerRole", quota: 10 };
    expect(await store.attachPolicy(grant, holder, arns[10] ?? "")).toEqual(limit);
    expect(await store.attachPolicy(grant, holder, ReadOnly)).toEqual(limit);
    // One that is attached already is attached.
    expect(await store.attachPolicy(grant, holder, arns[0] ?? "")).toEqual(done);
    expect(await store.detachPolicy(grant, holder, arns[3] ?? "")).toEqual(done);
    expect(await store.attachPolicy(grant, holder, ReadOnly)).toEqual(done);
    expect(await store.listAttachedPolicies(grant, holder)).toHaveLength(10);
  });

  test("are AWS's or the account's own, and there", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const ann = await directory.user("ann");
    const abroad = await policy(directory, "abroad", otherAccount);
    for (const arn of [abroad, arnOf("none"), "arn:aws:iam::aws:policy/None", "", "*", ann]) {
      expect(await store.attachPolicy(grant, ann, arn)).toEqual(missing);
      expect(await store.detachPolicy(grant, ann, arn)).toEqual(missing);
      expect(await store.changePrincipal(grant, ann, { boundary: arn })).toEqual(missing);
    }
    expect(await store.attachPolicy(grant, "AIDANOBODY", ReadOnly)).toEqual(missing);
    expect(await store.putInlinePolicy(grant, "AIDANOBODY", "p", document, 2048)).toEqual(missing);
    expect((await store.findUser(account, "ann"))?.boundary).toBeUndefined();
  });

  test("have a size together when they are inline, white space not counted", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const ann = await directory.user("ann");
    const put = (name: string, text: string, quota = 100): Promise<unknown> =>
      store.putInlinePolicy(grant, ann, name, text, quota);
    const sized = (size: number): string => `"${"x".repeat(size - 2)}"`;
    expect(await put("a", sized(60))).toEqual(done);
    expect(await put("b", sized(41))).toEqual({ kind: "limit", what: "inline policy size", quota: 100 });
    expect(await put("b", ` \n${sized(40)}${" ".repeat(500)}`)).toEqual(done);
    expect(await put("c", "0")).toMatchObject({ kind: "limit" });
    // Put again, in whatever case, a policy counts once.
    expect(await put("A", sized(61))).toMatchObject({ kind: "limit" });
    expect(await put("A", sized(60))).toEqual(done);
    expect(await store.listInlinePolicies(grant, ann)).toEqual(["A", "b"]);
    expect(await store.getInlinePolicy(grant, ann, "a")).toEqual({ name: "A", document: sized(60) });
    expect(await store.deleteInlinePolicy(grant, ann, "B")).toEqual(done);
    expect(await store.deleteInlinePolicy(grant, ann, "b")).toEqual(missing);
    expect(await put("c", sized(40))).toEqual(done);
    // What somebody else has does not count.
    expect(await store.putInlinePolicy(grant, await directory.user("bob"), "a", sized(100), 100)).toEqual(done);
  });

  test("are tagged fifty times at most", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const ann = await directory.user("ann");
    const tags = (from: number, to: number): ReadonlyMap<string, string> =>
      new Map(Array.from({ length: to - from }, (_, index) => [`t${from + index}`, "v"]));
    expect(await store.changePrincipal(grant, ann, { tagsAdded: tags(0, 30) })).toEqual(done);
    expect(await store.changePrincipal(grant, ann, { tagsAdded: tags(20, 51) })).toMatchObject({
      kind: "limit",
      what: "TagsPerUser",
      quota: 50,
    });
    expect((await store.findUser(account, "ann"))?.tags.size).toBe(30);
    expect(await store.changePrincipal(grant, ann, { tagsAdded: tags(20, 51), tagsRemoved: ["t0"] })).toEqual(done);
    expect((await store.findUser(account, "ann"))?.tags.size).toBe(50);
  });
});

describe("versions of a policy", () => {
  test("are five; the default one stays, and numbers never come again", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const arn = await policy(directory, "p");
    const version = (setAsDefault: boolean): Promise<unknown> =>
      store.createPolicyVersion(grant, arn, document, setAsDefault, 2);
    for (const number of [2, 3, 4, 5])
      expect(await version(false)).toEqual({ kind: "created", versionId: `v${number}` });
    expect(await version(true)).toEqual({ kind: "limit", what: "PolicyVersionsPerPolicy", quota: 5 });
    expect(await store.deletePolicyVersion(grant, arn, "v1")).toMatchObject({ kind: "conflict" });
    expect(await store.deletePolicyVersion(grant, arn, "v5")).toEqual(done);
    expect(await version(true)).toEqual({ kind: "created", versionId: "v6" });
    expect(await store.deletePolicyVersion(grant, arn, "v6")).toMatchObject({ kind: "conflict" });
    expect(await store.deletePolicyVersion(grant, arn, "v1")).toEqual(done);
    expect((await store.findManagedPolicy(arn))?.defaultVersionId).toBe("v6");
    for (const id of ["v1", "v5", "v7", "6", "V6", "v06", ""]) {
      expect(await store.setDefaultPolicyVersion(grant, arn, id, 3)).toEqual(missing);
      expect(await store.deletePolicyVersion(grant, arn, id)).toEqual(missing);
    }
  });

  test("of AWS's policies cannot be changed, nor can the policies be deleted", async () => {
    const { store } = await testDirectory();
    expect(await store.createPolicyVersion(grant, ReadOnly, document, true, 1)).toEqual(missing);
    expect(await store.setDefaultPolicyVersion(grant, ReadOnly, "v1", 1)).toEqual(missing);
    expect(await store.deletePolicyVersion(grant, ReadOnly, "v1")).toEqual(missing);
    expect(await store.deletePolicy(grant, ReadOnly)).toEqual(missing);
  });
});

describe("deleting", () => {
  test.each(["user", "role"] as const)("a %s asks for everything that hangs on it to go first", async (kind) => {
    const directory = await testDirectory();
    const { store } = directory;
    const arn = await policy(directory, "p");
    const holder = kind === "user" ? await directory.user("h") : (await directory.role("h")).id;
    if (kind === "user") await key(directory, holder, "AKIAONE");
    await store.putInlinePolicy(grant, holder, "inline", document, 2048);
    await store.attachPolicy(grant, holder, arn);
    await store.changePrincipal(grant, holder, { boundary: ReadOnly, tagsAdded: new Map([["a", "b"]]) });
    const refused = async (reason: string): Promise<void> => {
      expect(await store.deletePrincipal(grant, holder)).toEqual({ kind: "conflict", reason });
    };
    if (kind === "user") {
      await refused("must delete access keys first");
      await store.setAccessKeyStatus(grant, account, holder, "AKIAONE", "Inactive");
      await refused("must delete access keys first");
      await store.deleteAccessKey(grant, account, holder, "AKIAONE");
    }
    await refused("must delete policies first");
    await store.deleteInlinePolicy(grant, holder, "inline");
    await refused("must detach all policies first");
    await store.detachPolicy(grant, holder, arn);
    // A boundary and tags are the principal's own and go with it.
    expect(await store.deletePrincipal(grant, holder)).toEqual(done);
    expect(await store.deletePrincipal(grant, holder)).toEqual(missing);
  });

  test("a policy asks for its attachments, its use as a boundary and its other versions to go first", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    const arn = await policy(directory, "p");
    const ann = await directory.user("ann");
    const { id: reader } = await directory.role("reader", { boundary: arn });
    await store.attachPolicy(grant, ann, arn);
    await store.createPolicyVersion(grant, arn, document, true, 2);
    const attached = { kind: "conflict", reason: "Cannot delete a policy attached to entities." };
    expect(await store.deletePolicy(grant, arn)).toEqual(attached);
    await store.detachPolicy(grant, ann, arn);
    expect(await store.findManagedPolicy(arn)).toMatchObject({ attachmentCount: 0, boundaryCount: 1 });
    expect(await store.deletePolicy(grant, arn)).toEqual(attached);
    await store.changePrincipal(grant, reader, { boundary: null });
    expect(await store.deletePolicy(grant, arn)).toMatchObject({
      kind: "conflict",
      reason: expect.stringContaining("more than one version"),
    });
    await store.deletePolicyVersion(grant, arn, "v1");
    expect(await store.deletePolicy(grant, arn)).toEqual(done);
    expect(await store.listPolicyVersions(grant, arn)).toEqual([]);
    expect(await store.deletePolicy(grant, arn)).toEqual(missing);
  });
});

describe("names", () => {
  test("are one whatever their case, for each kind in each account, and kept as they were written", async () => {
    const directory = await testDirectory();
    const { store } = directory;
    await directory.user("Ann", { path: "/a/" });
    for (const name of ["Ann", "ann", "ANN"])
      await expect(directory.user(name, { path: "/b/" })).rejects.toThrow("exists");
    await directory.role("ann");
    await directory.user("ANN", { accountId: otherAccount });
    expect((await store.findUser(account, "aNN"))?.arn).toBe(`arn:aws:iam::${account}:user/a/Ann`);
    expect((await store.findUser(otherAccount, "ann"))?.name).toBe("ANN");
    expect(await store.findUser("000000000000", "ann")).toBeUndefined();
    await policy(directory, "P");
    const again = {
      accountId: account,
      policyId: "ANPAX",
      path: "/x/",
      description: undefined,
      document,
      createdAt: 1,
    };
    expect(await store.createPolicy(grant, { ...again, name: "p" })).toEqual({ kind: "exists" });
    // ARNs have a case.
    expect(await store.findManagedPolicy(arnOf("p"))).toBeUndefined();
    expect(await store.findRoleByArn(`arn:aws:iam::${account}:role/Ann`)).toBeUndefined();
    expect((await store.findRoleByArn(`arn:aws:iam::${account}:role/ann`))?.name).toBe("ann");
    for (const arn of ["", "*", `arn:aws:iam::${account}:role/`, `arn:aws:iam::${account}:user/ann`, account])
      expect(await store.findRoleByArn(arn)).toBeUndefined();
  });

  test("and paths are as long as IAM lets them be", async () => {
    const directory = await testDirectory();
    const name = "n".repeat(64);
    const path = `/${"p".repeat(510)}/`;
    const id = await directory.user(name, { path });
    expect(await directory.store.findUser(account, name)).toMatchObject({ id, name, path });
  });

  test("that SQLite would cut or choke on are refused by the store, not stored", async () => {
    const directory = await testDirectory();
    for (const name of ["a\0b", "\ud800"]) {
      await expect(directory.user(name)).rejects.toMatchObject({ name: "StoreError", kind: "corrupt" });
      await expect(directory.store.findUser(account, name)).rejects.toMatchObject({ kind: "corrupt" });
    }
    // Documents, descriptions and tags are octets and may hold what JSON may.
    const ann = await directory.user("ann", { tags: new Map([["k\0", "é☂"]]) });
    expect((await directory.store.findUser(account, "ann"))?.tags).toEqual(new Map([["k\0", "é☂"]]));
    await directory.store.putInlinePolicy(grant, ann, "p", '"\0é"', 100);
    expect(await directory.store.getInlinePolicy(grant, ann, "p")).toEqual({ name: "p", document: '"\0é"' });
  });
});
