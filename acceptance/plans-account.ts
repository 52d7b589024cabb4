import * as iamSdk from "@aws-sdk/client-iam";
import { CreateAccountCommand } from "@aws-sdk/client-organizations";
import * as sdk from "@aws-sdk/client-s3";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { rootKeysOf } from "../packages/gateway/test/organization-accounts.ts";
import { iam, organizations, s3, sts } from "./clients.ts";
import { makeConsoleUser } from "./console-browser.ts";
import { allow, makeBucket, makeUser } from "./fixtures.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { type RawReply, send } from "./raw.ts";

/** By ARN, or by the words of the access map; undefined: without keys, anonymous. */
export type KeysByPrincipal = ReadonlyMap<string, Keys | undefined>;

export const bucket = "arn:aws:s3:::plans";
export const stranger = "anybody with an account whose policies allow it";

/**
 * The bucket `plans`, and principals who may more or less in it: some by conditions, by a group, within a boundary, as a role, from another
 * account. `grace` can sign in to the console; she alone has no keys.
 */
export async function makePlansAccount(gateway: RunningGateway): Promise<KeysByPrincipal> {
  const keysOf = new Map<string, Keys | undefined>();
  await makeConsoleUser(gateway, "grace");
  await makeBucket(gateway, "plans", ["reports/a", "public/a", "secret/a"]);
  const admin = iam(gateway, gateway.admin);
  const { Policy } = await admin.send(
    new iamSdk.CreatePolicyCommand({
      PolicyName: "reader",
      PolicyDocument: JSON.stringify(allow("s3:Get*", `${bucket}*`)),
    }),
  );
  const boundary = Policy?.Arn ?? "";
  await admin.send(new iamSdk.CreateGroupCommand({ GroupName: "writers" }));
  await admin.send(
    new iamSdk.PutGroupPolicyCommand({
      GroupName: "writers",
      PolicyName: "write",
      PolicyDocument: JSON.stringify(allow(["s3:PutObject", "s3:DeleteObject"], `${bucket}/reports/*`)),
    }),
  );
  const made = [
    await makeUser(gateway, "all", { policy: allow("s3:*", "*") }),
    await makeUser(gateway, "bounded", { policy: allow("s3:*", "*"), boundary }),
    await makeUser(gateway, "lists", {
      policy: allow("s3:ListBucket", bucket, { StringLike: { "s3:prefix": "reports/*" } }),
    }),
    await makeUser(gateway, "member"),
    await makeUser(gateway, "nobody"),
  ];
  await admin.send(new iamSdk.AddUserToGroupCommand({ GroupName: "writers", UserName: "member" }));
  for (const { arn, keys } of made) keysOf.set(arn, keys);
  keysOf.set("everyone, including anonymous callers", undefined);
  const keysOfUser = (name: string): Keys => made.find((user) => user.name === name)?.keys ?? gateway.admin;
  const trust = {
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${gateway.accountId}:user/member` },
    Action: "sts:AssumeRole",
  };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  const { Role } = await admin.send(new iamSdk.CreateRoleCommand({ RoleName: "auditor", AssumeRolePolicyDocument }));
  await admin.send(
    new iamSdk.PutRolePolicyCommand({
      RoleName: "auditor",
      PolicyName: "read",
      PolicyDocument: JSON.stringify(allow(["s3:GetObject*", "s3:GetBucketTagging"], `${bucket}*`)),
    }),
  );
  const { Credentials } = await sts(gateway, keysOfUser("member")).send(
    new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "audit" }),
  );
  keysOf.set(Role?.Arn ?? "", {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  });
  keysOf.set(`arn:aws:iam::${gateway.accountId}:user/admin`, gateway.admin);
  const other = await organizations(gateway, gateway.admin).send(
    new CreateAccountCommand({ AccountName: "other", Email: "o@example.com" }),
  );
  keysOf.set(stranger, rootKeysOf(gateway.dataDir, other.CreateAccountStatus?.AccountId ?? ""));
  const client = s3(gateway, gateway.admin);
  await client.send(new sdk.DeletePublicAccessBlockCommand({ Bucket: "plans" }));
  const Statement = [
    { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `${bucket}/public/*` },
    {
      Effect: "Deny",
      Principal: { AWS: `arn:aws:iam::${gateway.accountId}:user/all` },
      Action: "s3:DeleteObject",
      Resource: `${bucket}/*`,
    },
  ];
  const Policy2 = JSON.stringify({ Version: "2012-10-17", Statement });
  await client.send(new sdk.PutBucketPolicyCommand({ Bucket: "plans", Policy: Policy2 }));
  client.destroy();
  admin.destroy();
  return keysOf;
}

export interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
}

const methods: Readonly<Record<string, string>> = { "s3:PutObject": "PUT", "s3:DeleteObject": "DELETE" };
const subResources: Readonly<Record<string, string>> = {
  "s3:GetBucketPolicy": "policy",
  "s3:GetBucketAcl": "acl",
  "s3:GetBucketCORS": "cors",
  "s3:GetBucketLocation": "location",
  "s3:GetBucketTagging": "tagging",
  "s3:GetBucketVersioning": "versioning",
  "s3:GetObjectTagging": "tagging",
  "s3:ListBucketMultipartUploads": "uploads",
};
export const objectActions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging"];
export const actions = ["s3:ListBucket", ...objectActions, ...Object.keys(subResources)].filter(
  (action, at, all) => all.indexOf(action) === at,
);

/** The request that a witness is. `owner` may make the object. It is there: who may not list the bucket gets the same answer for a missing one as for a denial. */
export async function ask(
  gateway: RunningGateway,
  { action, resource, context }: Asked,
  keys: Keys | undefined,
  owner: Keys = gateway.admin,
): Promise<RawReply> {
  const path = resource.replace("arn:aws:s3:::", "/").split("/").map(encodeURIComponent).join("/");
  if (action.startsWith("s3:GetObject")) await send(gateway, { method: "PUT", path, keys: owner });
  const sub = subResources[action];
  const query =
    sub !== undefined
      ? `${sub}=`
      : action === "s3:ListBucket" && context["s3:prefix"] !== undefined
        ? `list-type=2&prefix=${encodeURIComponent(context["s3:prefix"])}`
        : "";
  return send(gateway, { method: methods[action] ?? "GET", path, query, keys });
}
