import { describe, expect, test } from "vitest";
import { memberKinds } from "../operations/member-kinds.ts";
import { operationTables } from "../operations/table.ts";
import { isSensitive } from "./elements.ts";
import { type EventKind, eventKind } from "./event-kind.ts";

const rows = Object.entries(operationTables).flatMap(([service, table]) =>
  Object.keys(table).map((name) => [service.toLowerCase(), name] as const),
);

/** Their names say nothing: reports that are made to be read, a session that is made by GET, a browser's preflight. */
const others = new Set([
  "CreateSession",
  "GenerateCredentialReport",
  "GenerateOrganizationsAccessReport",
  "GenerateServiceLastAccessedDetails",
  "OptionsObject",
  "SearchSampleQueries",
  "SelectObjectContent",
]);

test.each(rows)("%s %s has its event", (service, name) => {
  const kind = eventKind(service, name);
  expect(kind.eventSource).toBe(`${service}.amazonaws.com`);
  expect(kind.eventName).toMatch(/^[A-Z][A-Za-z0-9]+$/);
  // By the names that AWS gives: a call that only reads begins so, and no other does.
  const reads = /^(Get|List|Head|Describe|Lookup|Simulate|Check|Validate)/.test(name);
  if (service !== "sts" && !others.has(name)) expect([name, kind.readOnly]).toEqual([name, reads]);
  if (!kind.readOnly) expect(kind.showsAnswer).toBe(true);
});

describe("of S3", () => {
  test.each([
    ["PutPublicAccessBlock", { eventName: "PutBucketPublicAccessBlock", isData: false, readOnly: false }],
    ["PutAccountPublicAccessBlock", { eventName: "PutAccountPublicAccessBlock", isData: false, readOnly: false }],
    ["ListObjectsV2", { eventName: "ListObjects", isData: true, readOnly: true }],
    ["DeleteObjects", { eventName: "DeleteObjects", isData: true, readOnly: false }],
    ["GetObject", { eventName: "GetObject", isData: true, readOnly: true }],
    ["CompleteMultipartUpload", { isData: true, readOnly: false }],
    ["ListBuckets", { isData: false, readOnly: true }],
    ["PutBucketPolicy", { isData: false, readOnly: false }],
  ] satisfies (readonly [string, Partial<EventKind>])[])("%s", (name, expected) => {
    expect(eventKind("s3", name)).toMatchObject(expected);
  });
});

test.each(Object.entries(memberKinds))(
  "what the models of %s mark as sensitive is hidden",
  (service, { sensitive }) => {
    const members = sensitive.split(" ").filter(Boolean);
    // CloudTrail's model marks none.
    expect(members.length > 2).toBe(service !== "cloudtrail");
    for (const member of members) expect([member, isSensitive(service, member)]).toEqual([member, true]);
  },
);

test.each(["SessionToken", "TokenCode", "AuthenticationCode1", "SecretAccessKey", "Base32StringSeed", "QRCodePNG"])(
  "%s is hidden",
  (member) => expect(isSensitive("iam", member)).toBe(true),
);
