import { describe, expect, test } from "vitest";
import { ABROAD, aws, HOME, policyOf, to, type Written } from "../test/scenario.ts";
import { isInside } from "./compare-policies.ts";
import { externalAccess } from "./external-access.ts";

function access(statements: readonly Written[], restrictPublicBuckets = false) {
  const answer = externalAccess(policyOf(statements, "resource"), { account: HOME, restrictPublicBuckets });
  if (answer.answer === "unknown") throw new Error(answer.construct);
  return answer.access.map(({ principal, actions, conditions, isPublic }) => [
    `${principal.type} ${principal.name}`,
    actions.join(),
    JSON.stringify(conditions),
    isPublic,
  ]);
}

const get = (more: Written): Written => ({
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::b/*",
  ...more,
});
const everyone = { Principal: "*" };
const role = `arn:aws:iam::${ABROAD}:role/ci`;

describe("who outside the account is let in", () => {
  test("each principal that is named, and nobody of the account itself", () => {
    const named = get({
      Principal: { AWS: [`arn:aws:iam::${HOME}:role/a`, HOME, ABROAD, role], Service: "ec2.amazonaws.com" },
    });
    expect(access([named])).toEqual([
      [`AWS ${ABROAD}`, "s3:GetObject", "{}", false],
      [`AWS ${role}`, "s3:GetObject", "{}", false],
    ]);
  });

  const session = `arn:aws:sts::${ABROAD}:assumed-role/ci/job`;
  const federated = `arn:aws:sts::${ABROAD}:federated-user/bob`;
  const gone = "AROAABCDEFGHIJKLMNOPQ";
  test.each<[string, Written, boolean]>([
    [federated, {}, true],
    [federated, { StringLike: { "aws:userid": "*:bob" } }, true],
    [federated, { StringLike: { "aws:userid": `${ABROAD}:b*` }, ArnLike: { "aws:PrincipalArn": federated } }, true],
    [federated, { StringNotEquals: { "aws:userid": `${ABROAD}:bob` } }, false],
    [federated, { StringLike: { "aws:PrincipalArn": "*user/b*" }, Null: { "aws:username": "true" } }, true],
    [federated, { Null: { "aws:username": "false" } }, false],
    // Whoever knows the ARN of a session knows neither the id nor the path of its role.
    [session, { StringLike: { "aws:userid": `${gone}:*` } }, true],
    [session, { StringLike: { "aws:userid": "*:other" } }, false],
    [session, { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${ABROAD}:role/team/ci` } }, true],
    [session, { ArnLike: { "aws:PrincipalArn": role } }, true],
    [session, { ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${ABROAD}:role/team/other` } }, false],
    [role, { StringLike: { "aws:userid": `${gone}:job` } }, true],
    [`arn:aws:iam::${ABROAD}:user/ann`, { StringEquals: { "aws:username": "ann" } }, true],
    [`arn:aws:iam::${ABROAD}:user/ann`, { StringEquals: { "aws:username": "bob" } }, false],
  ])("%s under the condition %j: %s", (name, Condition, isLetIn) => {
    expect(access([get({ Principal: { AWS: name }, Condition })]).map(([whom]) => whom)).toEqual(
      isLetIn ? [`AWS ${name}`] : [],
    );
  });

  test("any session of a role that a policy knows by its id", () => {
    const named = (Condition: Written) =>
      isInside(
        policyOf([get({ Principal: { AWS: gone }, Condition })], "resource"),
        policyOf([get({ Principal: { AWS: HOME } })], "resource"),
      ).answer;
    expect(named({ StringEquals: { "aws:userid": `${gone}:job` } })).toBe("no");
    expect(named({ StringEquals: { "aws:userid": "AROAOTHER:job" } })).toBe("yes");
  });

  test("everyone, and everyone but somebody", () => {
    expect(access([get(everyone)])).toEqual([["AWS *", "s3:GetObject", "{}", true]]);
    expect(access([get({ NotPrincipal: { AWS: `arn:aws:iam::${HOME}:user/x` } })])).toEqual([
      ["AWS *", "s3:GetObject", "{}", true],
    ]);
  });

  test("statements for one principal are one, unless their conditions differ", () => {
    const condition = { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } };
    const other = { NotIpAddress: { "aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"] } };
    expect(
      access([
        get(everyone),
        get({ ...everyone, Action: ["s3:PutObject", "s3:GetObject"] }),
        get({ ...everyone, Condition: condition }),
        get({ ...everyone, Condition: other }),
      ]),
    ).toEqual([
      ["AWS *", "s3:GetObject,s3:PutObject", "{}", true],
      ["AWS *", "s3:GetObject", '{"aws:SourceIp":"203.0.113.0/24"}', false],
      ["AWS *", "s3:GetObject", '{"aws:SourceIp":"NotIpAddress: 203.0.113.0/24, 198.51.100.0/24"}', true],
    ]);
  });

  test("nobody whom a Deny or a condition keeps out", () => {
    const own = { StringEquals: { "aws:PrincipalAccount": HOME } };
    expect(access([get({ ...everyone, Condition: own })])).toEqual([]);
    const others = {
      Effect: "Deny",
      ...everyone,
      Action: "*",
      Resource: "*",
      Condition: { StringNotEquals: { "aws:PrincipalAccount": HOME } },
    };
    expect(access([get(everyone), others])).toEqual([]);
    expect(access([get(to(aws(ABROAD))), get({ ...to(aws(role)), Effect: "Deny" })])).toHaveLength(1);
  });

  test("nobody when a public policy is restricted to the account", () => {
    expect(access([get(everyone), get(to(aws(ABROAD)))], true)).toEqual([]);
    expect(access([get(to(aws(ABROAD)))], true)).toHaveLength(1);
  });

  test("what cannot be decided is not called safe", () => {
    const many = ["a", "b", "c", "d"].map((key) => `\${aws:PrincipalTag/${key}}`).join("/");
    const own = { Condition: { StringEquals: { "aws:PrincipalAccount": HOME } } };
    const policy = policyOf([get({ ...everyone, ...own, Resource: `arn:aws:s3:::b/${many}` })], "resource");
    expect(externalAccess(policy, { account: HOME }).answer).toBe("unknown");
  });
});
