import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import {
  account,
  otherAccount,
  type TestDirectory,
  testDirectory,
  referenceTo,
} from "../../../../test/test-directory.ts";
import { testGrant } from "../../../../test/test-grant.ts";

const grant = testGrant();
const iam = (what: string, owner = account): string => `arn:aws:iam::${owner}:${what}`;
const sts = (what: string, owner = account): string => `arn:aws:sts::${owner}:${what}`;

function policyFor(principal: unknown, element = "Principal"): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Id: "kept",
    Statement: [{ Effect: "Allow", [element]: principal, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" }],
  });
}

/** The bound AWS principals, or what was found unknown. */
async function bound({ principals }: TestDirectory, aws: unknown, element = "Principal"): Promise<unknown> {
  const outcome = await principals.bindings.bind(policyFor({ AWS: aws }, element), nextTurn);
  if (outcome.kind === "unknown") return { unknown: outcome.principal };
  const { Statement } = JSON.parse(outcome.policy) as { Statement: Record<string, { AWS: unknown }>[] };
  return Statement[0]?.[element]?.AWS;
}

test("users, roles and role sessions become ids, and ids become ARNs again", async () => {
  const directory = await testDirectory();
  const ann = await directory.user("Ann", { path: "/team/" });
  const { id: reader } = await directory.role("Reader", { path: "/service/" });
  const written = [
    iam("user/team/Ann"),
    iam("role/service/Reader"),
    sts("assumed-role/Reader/job@1"),
    account,
    iam("root", otherAccount),
    sts("federated-user/Bob"),
    "*",
  ];
  const ids = [ann, reader, `${reader}:job@1`, ...written.slice(3)];
  for (const element of ["Principal", "NotPrincipal"]) {
    expect(await bound(directory, written, element)).toEqual(ids);
    expect(await bound(directory, ids, element)).toEqual(ids);
    expect(JSON.parse(await directory.principals.bindings.unbind(policyFor({ AWS: ids }, element), nextTurn))).toEqual(
      JSON.parse(policyFor({ AWS: written }, element)),
    );
  }
  expect(await bound(directory, iam("user/team/Ann"))).toBe(ann);
});

test.each([
  ["a user that is not there", iam("user/Nobody")],
  ["another path", iam("user/Ann")],
  ["another spelling of a user", iam("user/team/ann")],
  ["another spelling of a role", sts("assumed-role/reader/s")],
  ["another account's", iam("user/team/Ann", otherAccount)],
  ["a role as a user", iam("user/service/Reader")],
  ["an account that is not there", "999999999999"],
  ["its root", iam("root", "999999999999")],
  ["its federated user", sts("federated-user/x", "999999999999")],
  ["more than a session", sts("assumed-role/Reader/s/more")],
  ["no session", sts("assumed-role/Reader/")],
  ["a role with its path in a session", sts("assumed-role/service/Reader")],
  ["another partition", `arn:aws-cn:iam::${account}:user/team/Ann`],
  ["the root of another partition", `arn:aws-cn:iam::${account}:root`],
  ["a federated user of another partition", `arn:aws-cn:sts::${account}:federated-user/Bob`],
  ["a session of another partition", `arn:aws-cn:sts::${account}:assumed-role/Reader/job@1`],
  ["another service", `arn:aws:s3::${account}:root`],
  ["an id that is not there", "AIDAAAAAAAAAAAAAAAAAA"],
  ["a role id that is not there, with a session", "AROAAAAAAAAAAAAAAAAAA:s"],
  ["NUL", iam("user/team/Ann\0")],
  ["a lone surrogate", iam("user/\ud800")],
  ["nothing", ""],
])("refused: %s", async (_what, written) => {
  const directory = await testDirectory();
  await directory.user("Ann", { path: "/team/" });
  await directory.role("Reader", { path: "/service/" });
  expect(await bound(directory, [account, written])).toEqual({ unknown: written });
});

test("a user's id has no sessions, a role's has one", async () => {
  const directory = await testDirectory();
  const ann = await directory.user("Ann");
  const { id: reader } = await directory.role("Reader");
  for (const written of [`${ann}:s`, `${reader}:`, `${reader}:s:t`])
    expect(await bound(directory, written)).toEqual({ unknown: written });
});

test("other principals and everything else stay as they are", async () => {
  const { principals } = await testDirectory();
  for (const principal of [
    "*",
    { Service: "s3.amazonaws.com" },
    { CanonicalUser: "a".repeat(64), Federated: "accounts.example.com" },
  ]) {
    const policy = policyFor(principal);
    expect(await principals.bindings.bind(policy, nextTurn)).toEqual({ kind: "bound", policy });
    expect(await principals.bindings.unbind(policy, nextTurn)).toBe(policy);
  }
  const single = policyFor("*").replace("[{", "{").replace("}]", "}");
  expect(await principals.bindings.bind(single, nextTurn)).toEqual({ kind: "bound", policy: single });
});

test("a deleted and re-created name inherits nothing", async () => {
  const directory = await testDirectory();
  const old = await directory.user("Ann");
  expect(await bound(directory, iam("user/Ann"))).toBe(old);
  await directory.store.deletePrincipal(grant, referenceTo(old));
  expect(await bound(directory, iam("user/Ann"))).toEqual({ unknown: iam("user/Ann") });
  const young = await directory.user("Ann");
  expect(young).not.toBe(old);
  // The stored policy still names the old one, and prints it as the id of someone gone.
  const printed = await directory.principals.bindings.unbind(policyFor({ AWS: [old, young] }), nextTurn);
  expect(JSON.parse(printed)).toEqual(JSON.parse(policyFor({ AWS: [old, iam("user/Ann")] })));
  // Put again as printed, the gone one is refused.
  expect(await directory.principals.bindings.bind(printed, nextTurn)).toEqual({ kind: "unknown", principal: old });
});

test("a policy of many principals takes a turn after every few of them, so that others are served meanwhile", async () => {
  const directory = await testDirectory();
  const { principals } = directory;
  const ids = Array<string>(101).fill(await directory.user("Ann"));
  const arns = ids.map(() => iam("user/Ann"));
  let turns = 0;
  const turn = async (): Promise<void> => void (turns += 1);
  expect(await principals.bindings.bind(policyFor({ AWS: arns }), turn)).toEqual({
    kind: "bound",
    policy: policyFor({ AWS: ids }),
  });
  expect(turns).toBe(10);
  expect(await principals.bindings.unbind(policyFor({ AWS: ids }), turn)).toBe(policyFor({ AWS: arns }));
  expect(turns).toBe(20);
});
