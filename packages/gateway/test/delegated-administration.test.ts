// Delegation within a boundary: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
import type { SigningKeys } from "@s3-credentials/protocol";
import { expect, test } from "vitest";
import type { Sent } from "./pipeline-gateway.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

function query(service: "iam" | "sts", action: string, fields: Readonly<Record<string, string>>, keys: SigningKeys) {
  const version = service === "iam" ? "2010-05-08" : "2011-06-15";
  const body = new URLSearchParams({ Action: action, Version: version, ...fields }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return gateway.send({ method: "POST", target: "/", body, headers, service, keys });
}

const document = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const everything = document({ Effect: "Allow", Action: "*", Resource: "*" });
const outcomeOf = ({ status, code }: Sent) => (status === 200 ? "done" : code);

function keysIn({ body }: Sent): SigningKeys {
  const value = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(body)?.[1] ?? "";
  return { accessKeyId: value("AccessKeyId"), secretAccessKey: value("SecretAccessKey") };
}

test("who may make users only within a boundary makes none beyond it, in any way", async () => {
  const admin = (action: string, fields: Readonly<Record<string, string>>) =>
    query("iam", action, fields, gateway.admin);
  const policyArn = (name: string) => `arn:aws:iam::${gateway.accountId}:policy/${name}`;
  const limit = policyArn("limit");
  await admin("CreatePolicy", {
    PolicyName: "limit",
    PolicyDocument: document({ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }),
  });
  await admin("CreatePolicy", { PolicyName: "open", PolicyDocument: everything });
  await admin("CreateUser", { UserName: "free" });
  await admin("CreateRole", {
    RoleName: "strong",
    AssumeRolePolicyDocument: document({
      Effect: "Allow",
      Principal: { AWS: gateway.accountId },
      Action: "sts:AssumeRole",
    }),
  });
  await admin("PutRolePolicy", { RoleName: "strong", PolicyName: "all", PolicyDocument: everything });
  const delegate = await gateway.user(
    "delegate",
    {
      Effect: "Allow",
      Action: [
        "iam:AttachUserPolicy",
        "iam:CreateUser",
        "iam:DeleteUserPolicy",
        "iam:DetachUserPolicy",
        "iam:PutUserPermissionsBoundary",
        "iam:PutUserPolicy",
      ],
      Resource: "*",
      Condition: { StringEquals: { "iam:PermissionsBoundary": limit } },
    },
    { Effect: "Allow", Action: "iam:*Policy*", Resource: "arn:aws:iam::*:policy/*" },
    { Effect: "Allow", Action: "iam:CreateAccessKey", Resource: "arn:aws:iam::*:user/made" },
    {
      Effect: "Deny",
      Action: ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"],
      Resource: limit,
    },
    { Effect: "Deny", Action: "iam:DeleteUserPermissionsBoundary", Resource: "*" },
  );
  const by = async (action: string, fields: Readonly<Record<string, string>>) =>
    outcomeOf(await query("iam", action, fields, delegate));

  const all = { PolicyName: "all", PolicyDocument: everything };
  const denied: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["CreateUser", { UserName: "unbound" }],
    ["CreateUser", { UserName: "unbound", PermissionsBoundary: policyArn("open") }],
    ["CreateUser", { UserName: "unbound", PermissionsBoundary: "arn:aws:iam::aws:policy/AdministratorAccess" }],
    ["PutUserPolicy", { UserName: "free", ...all }],
    ["PutUserPolicy", { UserName: "delegate", ...all }],
    ["AttachUserPolicy", { UserName: "delegate", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }],
    ["PutUserPermissionsBoundary", { UserName: "free", PermissionsBoundary: policyArn("open") }],
    ["DeleteUserPermissionsBoundary", { UserName: "made" }],
    ["CreatePolicyVersion", { PolicyArn: limit, PolicyDocument: everything, SetAsDefault: "true" }],
    ["SetDefaultPolicyVersion", { PolicyArn: limit, VersionId: "v1" }],
    ["DeletePolicy", { PolicyArn: limit }],
    ["CreateAccessKey", { UserName: "admin" }],
    ["CreateAccessKey", { UserName: "free" }],
    ["UpdateAssumeRolePolicy", { RoleName: "strong", PolicyDocument: everything }],
    ["AddUserToGroup", { UserName: "delegate", GroupName: "any" }],
    ["CreateLoginProfile", { UserName: "admin", Password: "Long-Enough-1!" }],
  ];
  expect(await by("CreateUser", { UserName: "made", PermissionsBoundary: limit })).toBe("done");
  for (const [action, fields] of denied)
    expect([action, fields, await by(action, fields)]).toEqual([action, fields, "AccessDenied"]);
  expect(await by("PutUserPolicy", { UserName: "made", ...all })).toBe("done");
  expect(
    await by("AttachUserPolicy", { UserName: "made", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }),
  ).toBe("done");

  const made = keysIn(await query("iam", "CreateAccessKey", { UserName: "made" }, delegate));
  expect((await gateway.send({ target: "/", keys: made })).status).toBe(200);
  expect((await gateway.send({ method: "PUT", target: "/beyond-the-boundary", keys: made })).code).toBe("AccessDenied");
  expect(outcomeOf(await query("iam", "CreateUser", { UserName: "more" }, made))).toBe("AccessDenied");
  expect(outcomeOf(await query("iam", "DeleteUserPermissionsBoundary", { UserName: "made" }, made))).toBe(
    "AccessDenied",
  );
  const role = { RoleArn: `arn:aws:iam::${gateway.accountId}:role/strong`, RoleSessionName: "beyond" };
  expect(outcomeOf(await query("sts", "AssumeRole", role, made))).toBe("AccessDenied");
});

test("the session of a user ends with the user, and a new user of the name does not revive it", async () => {
  const list = { Effect: "Allow", Action: ["s3:ListAllMyBuckets", "sts:*"], Resource: "*" };
  const keys = await gateway.user("short-lived", list);
  const assumed = await query("sts", "AssumeRole", { RoleSessionName: "narrow", Policy: document(list) }, keys);
  const session = { ...keysIn(assumed), sessionToken: /<SessionToken>(.*?)</.exec(assumed.body)?.[1] ?? "" };
  expect((await gateway.send({ target: "/", keys: session })).status).toBe(200);
  const admin = (action: string, more: Readonly<Record<string, string>> = {}) =>
    query("iam", action, { UserName: "short-lived", ...more }, gateway.admin);
  await admin("UpdateAccessKey", { AccessKeyId: keys.accessKeyId, Status: "Inactive" });
  expect((await gateway.send({ target: "/", keys })).status).toBe(403);
  await admin("DeleteAccessKey", { AccessKeyId: keys.accessKeyId });
  await admin("DeleteUserPolicy", { PolicyName: "own" });
  expect(outcomeOf(await admin("DeleteUser"))).toBe("done");
  const again = await gateway.user("short-lived", list);
  expect((await gateway.send({ target: "/", keys: again })).status).toBe(200);
  for (const old of [session, keys]) expect((await gateway.send({ target: "/", keys: old })).status).toBe(403);
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_iam_policy-sim-path-console.html
test("who may list the users of a path lists those and no others", async () => {
  const Path = "/Department/Development/";
  await query("iam", "CreateUser", { UserName: "developer", Path }, gateway.admin);
  const simulator = await gateway.user("simulator", {
    Action: ["iam:GetUser", "iam:ListAttachedUserPolicies", "iam:ListGroupsForUser", "iam:ListUserPolicies", "iam:ListUsers"], // prettier-ignore
    Effect: "Allow",
    Resource: "arn:aws:iam::*:user/Department/Development/*",
  });
  const listed = await query("iam", "ListUsers", { PathPrefix: Path }, simulator);
  expect(listed.body.match(/(?<=<UserName>)[^<]+/g)).toEqual(["developer"]);
  for (const fields of [{}, { PathPrefix: "/Department/" }]) {
    const refused = await query("iam", "ListUsers", fields, simulator);
    expect([outcomeOf(refused), refused.body]).toEqual([
      "AccessDenied",
      expect.stringContaining(`:iam::${gateway.accountId}:user${fields.PathPrefix ?? "/"} because`),
    ]);
  }
});
