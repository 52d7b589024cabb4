import { describe, expect, it } from "vitest";
import {
  catalogServices,
  conditionKeyType,
  findAction,
  nearestAction,
  nearestConditionKey,
  serviceActions,
} from "./catalog.ts";

const everyAction = catalogServices.flatMap((service) => serviceActions(service) ?? []);

describe("the catalog", () => {
  it("holds the services that the gateway has", () => {
    expect(catalogServices).toEqual([
      "s3",
      "iam",
      "sts",
      "organizations",
      "cloudtrail",
      "account",
      "access-analyzer",
      "s3-credentials",
    ]);
    expect(serviceActions("ec2")).toBeUndefined();
  });

  it.each(everyAction)("$name has resource types that are defined and keys that have a type", (action) => {
    for (const { type, arn } of action.resources) expect(arn, type).toMatch(/^arn:\$\{Partition\}:/);
    for (const key of action.conditionKeys)
      expect(conditionKeyType(key.endsWith("/") ? `${key}tag` : key), key).toBeDefined();
  });

  it("has each action once, whatever its case", () => {
    for (const service of catalogServices) {
      const names = (serviceActions(service) ?? []).map(({ name }) => name.toLowerCase());
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it.each([
    ["s3:GetObject", "Read", ["object", "accesspointobject"]],
    ["S3:listbucket", "List", ["bucket", "accesspoint"]],
    ["s3:ListAllMyBuckets", "List", []],
    ["s3:PutBucketPolicy", "Permissions management", ["bucket"]],
    ["iam:PassRole", "Write", ["role"]],
    ["iam:ListUsers", "List", []],
    ["sts:AssumeRole", "Write", ["role"]],
    ["access-analyzer:CreateArchiveRule", "Write", ["ArchiveRule"]],
    ["access-analyzer:ValidatePolicy", "Read", []],
    ["s3-credentials:RevokeSessions", "Write", ["role", "user"]],
    ["organizations:CloseAccount", "Write", ["account"]],
    ["sts:TagSession", "Tagging", ["role", "user"]],
  ])("%s is %s on %j", (name, access, types) => {
    const action = findAction(name);
    expect(action?.access).toBe(access);
    expect(action?.resources.map(({ type }) => type)).toEqual(types);
  });

  it.each([
    ["s3:prefix", "String", false],
    ["S3:Max-Keys", "Numeric", false],
    ["s3:RequestObjectTagKeys", "String", true],
    ["s3:ExistingObjectTag/team", "String", false],
    ["s3:object-lock-retain-until-date", "Date", false],
    ["aws:SourceIp", "IPAddress", false],
    ["aws:PrincipalArn", "ARN", false],
    ["aws:SecureTransport", "Bool", false],
    ["aws:TagKeys", "String", true],
    ["aws:CalledVia", "String", true],
    ["sts:RequestContextProviders", "ARN", true],
    ["iam:PolicyARN", "ARN", false],
  ])("%s is a %s, multivalued: %s", (key, type, multivalued) => {
    expect(conditionKeyType(key)).toEqual({ type, multivalued });
  });

  it.each(["s3:nothing", "s3:ExistingObjectTag/", "s3:ExistingObjectTag", "aws:ResourceTag", "ec2:Region"])(
    "does not know the key %s",
    (key) => {
      expect(conditionKeyType(key)).toBeUndefined();
    },
  );

  it.each([
    ["s3:GetObjects", "s3:GetObject"],
    ["s3:ListBuckets", "s3:ListBucket"],
    ["iam:PasRole", "iam:PassRole"],
    ["s4:GetObject", "s3:GetObject"],
    ["s3:Zebra", undefined],
  ])("the action nearest to %s is %s", (name, near) => {
    expect(nearestAction(name)).toBe(near);
  });

  it.each([
    ["aws:SourceIP4", "aws:SourceIp"],
    ["s3:prefixes", "s3:prefix"],
    ["aws:ResourceTags/team", "aws:ResourceTag/team"],
    ["quite:unlike", undefined],
  ])("the key nearest to %s is %s", (key, near) => {
    expect(nearestConditionKey(key)).toBe(near);
  });
});
