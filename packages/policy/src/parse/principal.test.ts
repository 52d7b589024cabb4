/** Forms: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PrincipalEntry } from "../model/policy.ts";
import { parsePrincipal, type PrincipalType, principalTypes } from "./principal.ts";

const IAM = "arn:aws:iam::111122223333";
const STS = "arn:aws:sts::111122223333";
const CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
const IDENTITY = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC";
const everyone: PrincipalEntry = { kind: "everyone" };
const account: PrincipalEntry = { kind: "account", accountId: "111122223333" };

describe("a principal", () => {
  test.each<[PrincipalType, string, PrincipalEntry]>([
    ["AWS", "*", everyone],
    ["AWS", "111122223333", account],
    ["AWS", `${IAM}:root`, account],
    ["AWS", "arn:aws-us-gov:iam::111122223333:root", account],
    ["AWS", `${IAM}:user/ann`, { kind: "user", arn: `${IAM}:user/ann` }],
    ["AWS", `${IAM}:user/team/a/ann`, { kind: "user", arn: `${IAM}:user/team/a/ann` }],
    ["AWS", `${IAM}:user/a+b=c,d.e@f-g_h`, { kind: "user", arn: `${IAM}:user/a+b=c,d.e@f-g_h` }],
    ["AWS", `${IAM}:role/reader`, { kind: "role", arn: `${IAM}:role/reader` }],
    ["AWS", `${IAM}:role/aws-service-role/x/R`, { kind: "role", arn: `${IAM}:role/aws-service-role/x/R` }],
    ["AWS", `${STS}:assumed-role/reader/s1`, { kind: "role-session", arn: `${STS}:assumed-role/reader/s1` }],
    ["AWS", `${STS}:assumed-role/r/s1`, { kind: "role-session", arn: `${STS}:assumed-role/r/s1` }],
    ["AWS", `${IAM}:user/u`, { kind: "user", arn: `${IAM}:user/u` }],
    ["AWS", `${IAM}:role/p/r`, { kind: "role", arn: `${IAM}:role/p/r` }],
    ["AWS", `${STS}:federated-user/bob`, { kind: "federated-user", arn: `${STS}:federated-user/bob` }],
    ["AWS", "AIDACKCEVSQ6C2EXAMPLE", { kind: "unique-id", id: "AIDACKCEVSQ6C2EXAMPLE" }],
    ["AWS", "AROADBQP57FF2AEXAMPLE", { kind: "unique-id", id: "AROADBQP57FF2AEXAMPLE" }],
    ["AWS", "AROADBQP57FF2AEXAMPLE:s1", { kind: "unique-id", id: "AROADBQP57FF2AEXAMPLE:s1" }],
    ["AWS", IDENTITY, { kind: "user", arn: IDENTITY }],
    ["CanonicalUser", CANONICAL, { kind: "canonical-user", id: CANONICAL }],
    ["Federated", "accounts.google.com", { kind: "federated", provider: "accounts.google.com" }],
    ["Federated", `${IAM}:oidc-provider/x`, { kind: "federated", provider: `${IAM}:oidc-provider/x` }],
    ["Service", "s3.amazonaws.com", { kind: "service", service: "s3.amazonaws.com" }],
    ["Service", "logs.eu-west-1.amazonaws.com", { kind: "service", service: "logs.eu-west-1.amazonaws.com" }],
  ])("%s %j", (type, text, entry) => {
    expect(parsePrincipal(type, text)).toEqual(entry);
  });

  test.each<[PrincipalType, string]>([
    ["AWS", ""],
    ["AWS", "ann"],
    ["AWS", "arn:aws:iam::cloudfront:user/ann"],
    ["AWS", `${IDENTITY}*`],
    ["AWS", "11112222333"],
    ["AWS", "1111222233334"],
    ["AWS", "1111-2222-3333"],
    ["AWS", "111122223333\n"],
    ["AWS", "١١١١٢٢٢٢٣٣٣٣"],
    ["AWS", "arn:aws:iam:::root"],
    ["AWS", "arn:aws:iam::1111222233:root"],
    ["AWS", "arn:aws:iam:eu-west-1:111122223333:root"],
    ["AWS", "arn:AWS:iam::111122223333:root"],
    ["AWS", "arn:aws*:iam::111122223333:root"],
    ["AWS", "arn:aws:s3:::b"],
    ["AWS", "arn:aws:s3::111122223333:b"],
    ["AWS", `${IAM}:Root`],
    ["AWS", `${IAM}:root/`],
    ["AWS", `${IAM}:user`],
    ["AWS", `${IAM}:user/`],
    ["AWS", `${IAM}:user/team/`],
    ["AWS", `${IAM}:user/an n`],
    ["AWS", `${IAM}:user/ann\u00e9`],
    ["AWS", `${IAM}:group/g`],
    ["AWS", `${IAM}:policy/p`],
    ["AWS", `${IAM}:User/ann`],
    ["AWS", `${IAM}:assumed-role/reader/s1`],
    ["AWS", `${STS}:assumed-role/reader`],
    ["AWS", `${STS}:assumed-role/reader/`],
    ["AWS", `${STS}:assumed-role/path/reader/s1`],
    ["AWS", `${STS}:assumed-role/reader/s`],
    ["AWS", `${STS}:assumed-role/reader/${"s".repeat(65)}`],
    ["AWS", `${STS}:assumed-role/${"r".repeat(65)}/s1`],
    ["AWS", `${IAM}:user/${"u".repeat(65)}`],
    ["AWS", `${STS}:federated-user/${"b".repeat(33)}`],
    ["AWS", `${STS}:federated-user/bob/x`],
    ["AWS", `${STS}:federated-user/b`],
    ["AWS", `${STS}:federated-user`],
    ["AWS", `${STS}:self`],
    ["AWS", "AKIAIOSFODNN7EXAMPLE"],
    ["AWS", "AIDAlowercase"],
    ["AWS", "s3.amazonaws.com"],
    ["AWS", CANONICAL],
    ["CanonicalUser", CANONICAL.toUpperCase()],
    ["CanonicalUser", CANONICAL.slice(1)],
    ["CanonicalUser", `${CANONICAL}0`],
    ["CanonicalUser", "111122223333"],
    ["Federated", ""],
    ["Federated", "accounts google com"],
    ["Service", ""],
    ["Service", "s3"],
    ["Service", "S3.amazonaws.com"],
    ["Service", "s3.amazonaws.com/"],
    ["Service", ".amazonaws.com"],
  ])("%s %j is refused", (type, text) => {
    expect(parsePrincipal(type, text)).toBeUndefined();
  });

  // "You cannot use a wildcard to match part of a principal name or ARN."
  test.each<[PrincipalType, string]>([
    ["AWS", "**"],
    ["AWS", "?"],
    ["AWS", "1111*"],
    ["AWS", "11112222333?"],
    ["AWS", "arn:aws:iam::*:root"],
    ["AWS", "arn:aws:iam::11112222333?:root"],
    ["AWS", `${IAM}:*`],
    ["AWS", `${IAM}:user/*`],
    ["AWS", `${IAM}:user/an?`],
    ["AWS", `${IAM}:user/*/ann`],
    ["AWS", `${IAM}:role/*`],
    ["AWS", `${STS}:assumed-role/reader/*`],
    ["AWS", `${STS}:assumed-role/*/s1`],
    ["AWS", `${STS}:federated-user/*`],
    ["AWS", "AROA*"],
    ["AWS", "AROADBQP57FF2AEXAMPLE:*"],
    ["CanonicalUser", "*"],
    ["CanonicalUser", `${CANONICAL.slice(1)}?`],
    ["Federated", "*"],
    ["Federated", "*.google.com"],
    ["Service", "*"],
    ["Service", "*.amazonaws.com"],
    ["Service", "s3.*.amazonaws.com"],
  ])("%s %j holds a wildcard and is refused", (type, text) => {
    expect(parsePrincipal(type, text)).toBeUndefined();
  });

  test.each(["${aws:username}", `${IAM}:user/\${aws:username}`, "arn:aws:iam::${aws:PrincipalAccount}:root"])(
    "%j holds a variable and is refused",
    (text) => {
      expect(parsePrincipal("AWS", text)).toBeUndefined();
    },
  );

  test("is parsed or refused for any text, and with wildcards only when it is `*`", () => {
    const seeds = [`${IAM}:user/ann`, `${STS}:assumed-role/r1/s1`, "111122223333", CANONICAL, "s3.amazonaws.com", ""];
    const near = fc
      .tuple(fc.constantFrom(...seeds), fc.nat({ max: 60 }), fc.string({ unit: "binary", maxLength: 4 }))
      .map(([seed, at, put]) => seed.slice(0, at) + put + seed.slice(at));
    fc.assert(
      fc.property(fc.constantFrom(...principalTypes), fc.oneof(near, fc.string({ unit: "binary" })), (type, text) => {
        const entry = parsePrincipal(type, text);
        if (/[*?\s]/.test(text)) expect(entry).toEqual(type === "AWS" && text === "*" ? everyone : undefined);
      }),
      { numRuns: Number(process.env["TEST_RUNS"] ?? 1000) },
    );
  });
});
