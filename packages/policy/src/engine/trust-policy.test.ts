import { describe, expect, test } from "vitest";
import { decideBoth } from "../test/compare-evaluators.ts";
import type { Principal } from "../model/request.ts";
import {
  ABROAD,
  GET,
  HOME,
  aws,
  contextOf,
  layersOf,
  principals,
  to,
  type Given,
  type Written,
} from "../test/scenario.ts";

const { anonymous, user, userSession, roleSession, service } = principals;

const token = {
  kind: "web-identity",
  provider: `arn:aws:iam::${HOME}:oidc-provider/issuer.example`,
  audience: "app",
  subject: "ann",
} as const;

describe("trust policies: neither side alone where both are needed", () => {
  const ASSUME: Written = { Effect: "Allow", Action: "sts:AssumeRole" };
  const SILENT: Written = { Effect: "Allow", Action: "sts:TagSession" };
  const onRole = (statement: Written): Written => ({ ...statement, Resource: "arn:aws:iam::*:role/*" });
  const assume = (
    who: Principal,
    given: Given,
    owner: string,
    context: Readonly<Record<string, string>> = {},
  ): string => {
    const decision = decideBoth(layersOf(given), {
      principal: who,
      action: "sts:AssumeRole",
      resource: `arn:aws:iam::${owner}:role/target`,
      resourceAccount: owner,
      context: contextOf(context),
    });
    return `${decision.reason} ${decision.layer}`;
  };
  const trust = (principal: unknown, condition?: Written): Written => ({
    ...to(principal, ASSUME),
    ...(condition === undefined ? {} : { Condition: condition }),
  });
  const identity = onRole(ASSUME);

  const rows: readonly (readonly [string, Principal, Given, string, string])[] = [
    ["user named, no identity", user, { trust: trust(aws(user.arn)) }, HOME, "allow resource"],
    ["user id named, no identity", user, { trust: trust(aws(user.userId)) }, HOME, "allow resource"],
    ["account named, no identity", user, { trust: trust(aws(HOME)) }, HOME, "implicit-deny identity"],
    ["account named, identity", user, { trust: trust(aws(HOME)), identity }, HOME, "allow identity"],
    ["nobody named, identity", user, { trust: to(aws(HOME), SILENT), identity }, HOME, "implicit-deny resource"],
    [
      "another user named, identity",
      user,
      { trust: trust(aws(`${user.arn}2`)), identity },
      HOME,
      "implicit-deny resource",
    ],
    [
      "a service trusted, identity",
      user,
      { trust: trust({ Service: "ec2.amazonaws.com" }), identity },
      HOME,
      "implicit-deny resource",
    ],
    ["everyone, no identity", user, { trust: trust("*") }, HOME, "allow resource"],
    [
      "role named, within its session policy",
      roleSession,
      { trust: trust(aws(roleSession.roleArn)), sessions: [identity] },
      HOME,
      "allow resource",
    ],
    [
      "role named, outside its session policy",
      roleSession,
      { trust: trust(aws(roleSession.roleArn)), sessions: [GET] },
      HOME,
      "implicit-deny session",
    ],
    [
      "a self-scoped session may not escape",
      userSession,
      { trust: trust(aws(user.arn)), sessions: [GET] },
      HOME,
      "implicit-deny session",
    ],
    [
      "a Deny in the trust policy",
      user,
      { trust: { ...trust(aws(user.arn)), Effect: "Deny" }, identity },
      HOME,
      "explicit-deny resource",
    ],
    [
      "a Deny in identity",
      user,
      { trust: trust(aws(user.arn)), identity: { ...identity, Effect: "Deny" } },
      HOME,
      "explicit-deny identity",
    ],
    ["abroad: both", user, { trust: trust(aws(HOME)), identity }, ABROAD, "allow resource"],
    ["abroad: user named, no identity", user, { trust: trust(aws(user.arn)) }, ABROAD, "implicit-deny identity"],
    ["abroad: everyone, no identity", user, { trust: trust("*") }, ABROAD, "implicit-deny identity"],
    ["abroad: identity alone", user, { trust: trust(aws(ABROAD)), identity }, ABROAD, "implicit-deny resource"],
    ["a service that is named", service, { trust: trust({ Service: service.service }) }, HOME, "allow resource"],
    [
      "anonymous and everyone's Deny",
      anonymous,
      { trust: { ...trust("*"), Effect: "Deny" } },
      HOME,
      "explicit-deny resource",
    ],
    ["a token whose provider is named", token, { trust: trust({ Federated: token.provider }) }, HOME, "allow resource"],
    ["a token and everyone", token, { trust: trust("*") }, HOME, "implicit-deny resource"],
    ["a token and everyone of AWS", token, { trust: trust({ AWS: "*" }) }, HOME, "implicit-deny resource"],
    [
      "a token and everyone's Deny",
      token,
      { trust: { ...trust("*"), Effect: "Deny" } },
      HOME,
      "explicit-deny resource",
    ],
  ];
  test.each(rows)("%s", (_name, who, given, owner, outcome) => {
    expect(assume(who, given, owner)).toBe(outcome);
  });

  test.each([
    [{ "sts:ExternalId": "42" }, "allow resource"],
    [{ "sts:ExternalId": "43" }, "implicit-deny resource"],
    [{}, "implicit-deny resource"],
  ])("external id %j: %s", (context, outcome) => {
    const given = { trust: trust(aws(HOME), { StringEquals: { "sts:ExternalId": "42" } }), identity };
    expect(assume(user, given, ABROAD, context)).toBe(outcome);
  });
});
