import { expect, test } from "vitest";
import type { SigningKeys } from "@s3-credentials/protocol";
import type { Sent } from "./pipeline-gateway.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

type Fields = readonly (readonly [string, string])[];

function iam(action: string, fields: Fields, keys: SigningKeys = gateway.admin): Promise<Sent> {
  const body = [["Action", action], ["Version", "2010-05-08"], ...fields]
    .map(([name = "", value = ""]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return gateway.send({ method: "POST", target: "/", body, headers, service: "iam", keys });
}

const trust: Fields = [
  [
    "AssumeRolePolicyDocument",
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}',
  ],
];

/** An answer without what every answer has of its own. Of what is sealed, everybody sees the length. */
function answerOf({ status, body }: Sent): string {
  const plain = body.replace(/<RequestId>[^<]*<\/RequestId>/, "");
  return `${status} ${plain.replace(/(?<=failure message: )[\w-]+/, ({ length }) => `${length} characters`)}`;
}

const onOne: readonly (readonly [string, string, Fields])[] = [
  ["GetUser", "User", []],
  ["DeleteUser", "User", []],
  ["UpdateUser", "User", [["NewPath", "/x/"]]],
  ["TagUser", "User", [["Tags.member.1.Key", "a"], ["Tags.member.1.Value", "b"]]], // prettier-ignore
  ["ListUserTags", "User", []],
  ["CreateAccessKey", "User", []],
  ["ListAccessKeys", "User", []],
  ["ListGroupsForUser", "User", []],
  ["GetUserPolicy", "User", [["PolicyName", "x"]]],
  ["ListAttachedUserPolicies", "User", []],
  ["AttachUserPolicy", "User", [["PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess"]]],
  ["PutUserPermissionsBoundary", "User", [["PermissionsBoundary", "arn:aws:iam::aws:policy/ReadOnlyAccess"]]],
  ["GetLoginProfile", "User", []],
  ["GetRole", "Role", []],
  ["DeleteRole", "Role", []],
  ["UpdateRole", "Role", []],
  ["ListRolePolicies", "Role", []],
  ["DetachRolePolicy", "Role", [["PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess"]]],
  ["GetGroup", "Group", []],
  ["DeleteGroup", "Group", []],
  ["UpdateGroup", "Group", [["NewGroupName", "other"]]],
  ["ListGroupPolicies", "Group", []],
];

test.each(onOne)(
  "%s: a caller who may not ask does not learn whether there is one, or where",
  async (action, word, fields) => {
    const keys = await gateway.user(`nobody-${action}`);
    const name = `present-${action}`;
    const ask = () => iam(action, [[`${word}Name`, name], ...fields], keys);
    const before = answerOf(await ask());
    const made = await iam(`Create${word}`, [[`${word}Name`, name], ["Path", "/secret/place/"], ...(word === "Role" ? trust : [])]); // prettier-ignore
    expect(made.status).toBe(200);
    const after = answerOf(await ask());
    expect(after).toBe(before);
    expect(after).toContain("403");
    expect(after).toContain(`${word.toLowerCase()} ${name}`);
    expect(after).not.toContain("secret");
  },
);
