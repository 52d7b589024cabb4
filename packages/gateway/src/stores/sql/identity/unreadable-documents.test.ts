/** A stored document that cannot be read makes its layer deny, and the decision says which one it was. */
import { join } from "node:path";
import { decide, type Decision, readRuling } from "@s3-credentials/policy";
import { describe, expect, test } from "vitest";
import {
  account,
  otherAccount,
  issueSession,
  type TestDirectory,
  testDirectory,
  reuseTestDirectories,
  referenceTo,
} from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";
import type { Caller, SealedPolicies } from "../../../ports/principal-directory.ts";
import { asyncWriter } from "../../sqlite/asynchronous.ts";
import { openConnection } from "../../sqlite/connection.ts";
import { moveRevision } from "../revision.ts";

const grant = testGrant();
reuseTestDirectories();
const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
});
const arn = `arn:aws:iam::${account}:policy/p`;
const other = `arn:aws:iam::${account}:policy/other`;
const keyId = "AKIAANNANNANNANNANNA";

/** Changes the file behind the store's back. */
async function tamper({ folder }: TestDirectory, sql: string, params: readonly (string | Uint8Array)[]): Promise<void> {
  const connection = openConnection(join(folder, "directory.db"));
  try {
    connection.exec("PRAGMA foreign_keys = OFF");
    connection.exec("PRAGMA ignore_check_constraints = ON");
    expect(connection.run(sql, params)).toBeGreaterThan(0);
    await moveRevision(asyncWriter(connection));
  } finally {
    connection.close();
  }
}

/** A user with a key, an inline policy, the managed policy `p`, and `other` as its boundary: each allows everything. */
async function userWithPolicy(directory: TestDirectory): Promise<string> {
  const { store } = directory;
  for (const [name, policyId] of [
    ["p", "ANPAP"],
    ["other", "ANPAOTHER"],
  ] as const) {
    const fields = { accountId: account, policyId, name, path: "/", description: undefined, createdAt: 1 };
    await store.createPolicy(grant, { ...fields, document: everything, tags: new Map() });
  }
  const id = await directory.user("ann", { boundary: other });
  await store.putInlinePolicy(grant, referenceTo(id), "inline", everything, 2048);
  await store.attachPolicy(grant, referenceTo(id), arn);
  const key = { accountId: account, ownerId: id, secretAccessKey: "s".repeat(40), createdAt: 1 };
  await store.createAccessKey(grant, { ...key, accessKeyId: keyId });
  return id;
}

async function callerOf(
  { principals }: TestDirectory,
  accessKeyId: string,
  token?: string,
): Promise<Caller | undefined> {
  const found = await principals.credential(accessKeyId, token);
  return found.kind === "found" ? found.caller() : undefined;
}

function decided(caller: Caller | undefined): Decision {
  if (caller === undefined) throw new Error("nobody");
  const { principal, layers } = caller;
  const all = { ...layers, resource: "none" } as const;
  const ruling = decide(all, {
    principal,
    action: "s3:GetObject",
    resource: "arn:aws:s3:::b/k",
    resourceAccount: account,
    context: () => undefined,
  });
  return readRuling(all, ruling);
}

async function decision(directory: TestDirectory): Promise<Decision> {
  return decided(await callerOf(directory, keyId));
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const documents: readonly (readonly [string, Uint8Array])[] = [
  ["empty", new Uint8Array()],
  ["NUL", new Uint8Array(100)],
  ["cut short", bytes(everything.slice(0, -1))],
  ["followed by more", bytes(`${everything}${everything}`)],
  ["not UTF-8", Buffer.from([0x22, 0xff, 0xfe, 0x22])],
  // Read leniently it would parse, as another policy.
  ["not UTF-8 in one name", Buffer.from(everything.replace('"*"}', '["*","arn:aws:s3:::\u00ff"]}'), "latin1")],
  ["JSON, but no policy", bytes("{}")],
  ["null", bytes("null")],
  ["of another kind", bytes(everything.replace('{"Effect"', '{"Principal":"*","Effect"'))],
  ["with an element in another case", bytes(everything.replace("Effect", "effect"))],
  ["with a key twice", bytes(everything.replace('{"Effect"', '{"Effect":"Deny","Effect"'))],
  ["of a later version", bytes(everything.replace("2012-10-17", "2032-10-17"))],
];

describe.each(documents)("a document that is %s", (_what, document) => {
  test("denies as an inline policy, an attached one and a boundary", async () => {
    const directory = await testDirectory();
    const id = await userWithPolicy(directory);
    expect((await decision(directory)).allowed).toBe(true);
    const refused = { allowed: false, reason: "explicit-deny" };
    const places = [
      ["UPDATE inline_policies SET document = ? WHERE holder_id = ?", id, "identity", "inline"],
      ["UPDATE policy_versions SET document = ? WHERE policy_arn = ?", arn, "identity", arn],
      ["UPDATE policy_versions SET document = ? WHERE policy_arn = ?", other, "boundary", other],
    ] as const;
    for (const [sql, which, layer, unreadable] of places) {
      await tamper(directory, sql, [document, which]);
      const found = await decision(directory);
      expect(found).toMatchObject({ ...refused, layer, unreadable });
      expect(found.statement).toBeUndefined();
      await tamper(directory, sql, [bytes(everything), which]);
      expect((await decision(directory)).allowed).toBe(true);
    }
  });
});

describe("a policy that is gone", () => {
  test.each([
    ["its versions", "DELETE FROM policy_versions WHERE policy_arn = ?"],
    ["its default version", "UPDATE policies SET default_version = 7 WHERE arn = ?"],
    ["the policy itself", "DELETE FROM policies WHERE arn = ?"],
  ])("denies where it is attached and where it bounds (%s)", async (_what, sql) => {
    for (const [which, layer] of [
      [arn, "identity"],
      [other, "boundary"],
    ] as const) {
      const directory = await testDirectory();
      await userWithPolicy(directory);
      await tamper(directory, sql, [which]);
      expect(await decision(directory)).toMatchObject({ allowed: false, layer, unreadable: which });
    }
  });

  test.each(["", "*", "nonsense", `arn:aws:iam::444455556666:policy/p`, "arn:aws:iam::aws:policy/NoSuchPolicy"])(
    "is what a boundary named %j is",
    async (boundary) => {
      const directory = await testDirectory();
      await userWithPolicy(directory);
      await tamper(directory, "UPDATE principals SET boundary = ? WHERE name = 'ann'", [boundary]);
      expect(await decision(directory)).toMatchObject({ allowed: false, layer: "boundary", unreadable: boundary });
      await tamper(directory, "UPDATE principals SET boundary = NULL WHERE name = ?", ["ann"]);
      expect((await decision(directory)).allowed).toBe(true);
    },
  );
});

describe("a policy of another account", () => {
  test("gives nothing and bounds to nothing, also when a row names it", async () => {
    const abroad = `arn:aws:iam::${otherAccount}:policy/abroad`;
    for (const [sql, layer] of [
      ["UPDATE attachments SET policy_arn = ?", "identity"],
      ["UPDATE principals SET boundary = ?", "boundary"],
    ] as const) {
      const directory = await testDirectory();
      await userWithPolicy(directory);
      const fields = { accountId: otherAccount, policyId: "ANPAABROAD", name: "abroad", path: "/", createdAt: 1 };
      await directory.store.createPolicy(grant, {
        ...fields,
        description: undefined,
        document: everything,
        tags: new Map(),
      });
      await tamper(directory, sql, [abroad]);
      expect(await decision(directory)).toMatchObject({ allowed: false, layer, unreadable: abroad });
    }
  });
});

describe("a session", () => {
  async function sessionDecision(directory: TestDirectory, id: string, policies: SealedPolicies[]): Promise<Decision> {
    const issued = await issueSession(directory, {
      principal: { kind: "user-session", accountId: account, arn: "a", userId: id, userName: "ann" },
      policies,
      expiresAt: directory.clock.time + 1,
    });
    return decided(await callerOf(directory, issued.accessKeyId, issued.sessionToken));
  }

  test("denies with a session policy that cannot be read, and with a managed one that is gone", async () => {
    const directory = await testDirectory();
    const id = await userWithPolicy(directory);
    const good = { inline: everything, managed: [arn] };
    expect((await sessionDecision(directory, id, [good, good])).allowed).toBe(true);
    const bad = [
      [{ inline: "{}", managed: [arn] }, "session policy"],
      [{ inline: "", managed: [] }, "session policy"],
      [
        { inline: everything, managed: ["arn:aws:iam::aws:policy/NoSuchPolicy"] },
        "arn:aws:iam::aws:policy/NoSuchPolicy",
      ],
      [{ inline: undefined, managed: [""] }, ""],
    ] as const;
    for (const [policies, unreadable] of bad) {
      for (const stack of [[policies], [good, policies], [policies, good]])
        expect(await sessionDecision(directory, id, stack)).toMatchObject({
          allowed: false,
          layer: "session",
          unreadable,
        });
    }
  });

  test("is bounded and granted by what its user has now, readable or not", async () => {
    const directory = await testDirectory();
    const id = await userWithPolicy(directory);
    const open = { inline: everything, managed: [] };
    await tamper(directory, "UPDATE policy_versions SET document = ? WHERE policy_arn = ?", [bytes("{"), other]);
    const found = await sessionDecision(directory, id, [open]);
    expect(found).toMatchObject({ allowed: false, layer: "boundary", unreadable: other });
  });
});

describe("an unreadable row", () => {
  test.each([
    ["tags that are no JSON", "UPDATE principals SET tags = ? WHERE name = 'ann'", bytes("{")],
    ["tags that are null", "UPDATE principals SET tags = ? WHERE name = 'ann'", bytes("null")],
    ["tags that are a list", "UPDATE principals SET tags = ? WHERE name = 'ann'", bytes('["team"]')],
    ["a tag that is a number", "UPDATE principals SET tags = ? WHERE name = 'ann'", bytes('{"team":1}')],
    ["a tag that is null", "UPDATE principals SET tags = ? WHERE name = 'ann'", bytes('{"team":null}')],
    ["a tag that is a list", "UPDATE principals SET tags = ? WHERE name = 'ann'", bytes('{"team":["a"]}')],
  ])("makes the caller an error, never somebody with less to say (%s)", async (_what, sql, value) => {
    const directory = await testDirectory();
    await userWithPolicy(directory);
    await tamper(directory, sql, [value]);
    await expect(callerOf(directory, keyId)).rejects.toMatchObject({ name: "StoreError", kind: "corrupt" });
  });

  test("of a secret makes the key unknown: changed, cut, or another key's", async () => {
    const directory = await testDirectory();
    const id = await userWithPolicy(directory);
    const key = { accountId: account, ownerId: id, secretAccessKey: "t".repeat(40), createdAt: 1 };
    await directory.store.createAccessKey(grant, { ...key, accessKeyId: "AKIAOTHER" });
    const kind = async (): Promise<string> => (await directory.principals.credential(keyId, undefined)).kind;
    expect(await kind()).toBe("found");
    const sealed = await directory.database.reader.get(
      "SELECT secret FROM access_keys WHERE id = ?",
      [keyId],
      ([box]) => box,
    );
    if (!(sealed instanceof Uint8Array)) throw new Error("no secret");
    const set = "UPDATE access_keys SET secret = ? WHERE id = ?";
    const flipped = Uint8Array.from(sealed, (byte, at) => (at === 20 ? byte ^ 1 : byte));
    for (const secret of [flipped, sealed.slice(1), new Uint8Array()]) {
      await tamper(directory, set, [secret, keyId]);
      expect(await kind()).toBe("unknown");
    }
    const move = "UPDATE access_keys SET secret = (SELECT secret FROM access_keys WHERE id = ?) WHERE id = ?";
    await tamper(directory, move, ["AKIAOTHER", keyId]);
    expect(await kind()).toBe("unknown");
    await tamper(directory, set, [Uint8Array.from(sealed), keyId]);
    expect(await kind()).toBe("found");
  });

  test("of a login profile is an error, not a password that need not be changed", async () => {
    const directory = await testDirectory();
    const id = await directory.user("ann");
    const profile = { password: "correct horse", resetRequired: true, createdAt: 1 };
    await directory.store.createLoginProfile(grant, referenceTo(id), profile);
    expect(await directory.store.getLoginProfile(grant, referenceTo(id))).toMatchObject({ resetRequired: true });
    await tamper(directory, "UPDATE login_profiles SET reset_required = 2 WHERE user_id = ?", [id]);
    await expect(directory.store.getLoginProfile(grant, referenceTo(id))).rejects.toMatchObject({ kind: "corrupt" });
  });

  test("of a role without its trust policy is an error, not a role that trusts nobody or everybody", async () => {
    const directory = await testDirectory();
    await directory.role("reader");
    await tamper(directory, "UPDATE principals SET trust = NULL WHERE name = ?", ["reader"]);
    await expect(directory.store.findRole(account, "reader")).rejects.toMatchObject({ kind: "corrupt" });
  });
});
