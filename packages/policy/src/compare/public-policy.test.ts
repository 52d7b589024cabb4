import { parsePolicy } from "../parse/parse.ts";
import { expect, test } from "vitest";
import { isPublicPolicy } from "./public-policy.ts";

function isPublic(principal: unknown, condition: unknown = {}, effect = "Allow", element = "Principal"): boolean {
  const statement = {
    Effect: effect,
    [element]: principal,
    Action: "s3:GetObject",
    Resource: "arn:aws:s3:::b/*",
    Condition: condition,
  };
  const { policy, diagnostics } = parsePolicy(
    JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
    "resource",
  );
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  return isPublicPolicy(policy);
}

const near = { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } };

test.each([
  ["everyone", "*", {}, true],
  ["everyone as AWS", { AWS: "*" }, {}, true],
  ["an account", { AWS: "123456789012" }, {}, false],
  ["a user", { AWS: "arn:aws:iam::123456789012:user/u" }, {}, false],
  ["a user and everyone", { AWS: ["arn:aws:iam::123456789012:user/u", "*"] }, {}, true],
  ["an identity provider", { Federated: "graph.facebook.com" }, {}, true],
  ["a provider's identities in a fixed network", { Federated: "graph.facebook.com" }, near, false],
  ["a service", { Service: "cloudtrail.amazonaws.com" }, {}, false],
  ["a network by a wildcard", "*", { StringLike: { "aws:SourceVpc": "vpc-*" } }, true],
  ["a fixed network of AWS", "*", { StringEquals: { "aws:SourceVpc": "vpc-91237329" } }, false],
  ["a fixed network", "*", near, false],
  ["an address", "*", { IpAddress: { "AWS:sourceip": "2001:db8::1" } }, false],
  ["too wide a network", "*", { IpAddress: { "aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"] } }, true],
  ["every IPv4 address as IPv6", "*", { IpAddress: { "aws:SourceIp": "::ffff:0.0.0.0/96" } }, true],
  ["half of them, in digits", "*", { IpAddress: { "aws:SourceIp": "::ffff:8000:0/97" } }, true],
  ["more than IPv4 in IPv6", "*", { IpAddress: { "aws:SourceIp": "::ffff:0:0/95" } }, false],
  ["a fixed IPv4 network as IPv6", "*", { IpAddress: { "aws:SourceIp": "::ffff:203.0.113.0/120" } }, false],
  ["too wide an IPv6 network", "*", { IpAddress: { "aws:SourceIp": "2000::/3" } }, true],
  ["all but a network", "*", { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } }, true],
  ["a network if there is one", "*", { IpAddressIfExists: { "aws:SourceIp": "203.0.113.0/24" } }, true],
  ["a fixed account", "*", { StringEquals: { "aws:SourceAccount": "123456789012" } }, false],
  ["a wildcard account", "*", { StringLike: { "aws:SourceAccount": "1234567890*" } }, true],
  ["a variable", "*", { StringEquals: { "aws:SourceAccount": "${aws:PrincipalAccount}" } }, true],
  ["another key", "*", { StringEquals: { "aws:Referer": "https://example.com/" } }, true],
  ["not an account", "*", { StringNotEquals: { "aws:SourceAccount": "123456789012" } }, true],
  ["all values", "*", { "ForAllValues:StringEquals": { "aws:PrincipalOrgPaths": "o-a/r-b/" } }, true],
])("%s", (_what, principal, condition, expected) => {
  expect(isPublic(principal, condition)).toBe(expected);
});

test("a Deny for everyone makes nothing public", () => {
  expect(isPublic("*", {}, "Deny")).toBe(false);
});

test("a role's trust policy may name a provider", () => {
  const statement = { Effect: "Allow", Principal: { Federated: "accounts.google.com" }, Action: "sts:*" };
  const { policy } = parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: statement }), "trust");
  expect(policy !== undefined && isPublicPolicy(policy)).toBe(false);
});
