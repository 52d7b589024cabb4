import { expect, test } from "vitest";
import type { Change } from "@s3-credentials/policy";
import { placeOf } from "../src/explain/place-of.ts";

const accountId = "123456789012";
const arn = `arn:aws:iam::${accountId}:user/ann`;
const ann = { kind: "user", accountId, arn, userId: "AIDA1", userName: "ann" } as const;
const layers = { guardrails: [], identity: [], boundary: "none", sessions: [], resource: "none" } as const;

test.each([
  [`arn:aws:iam::${accountId}:role/team/admin`, { kind: "trust", role: "admin" }],
  ["arn:aws:iam::210987654321:role/admin", undefined],
  ["arn:aws:s3:::reports/a", { kind: "bucket", bucket: "reports" }],
])("the policy of %s is changed where it is, or not at all", (resource, place) => {
  const change: Change = {
    kind: "add-statement",
    layer: "resource",
    action: "sts:AssumeRole",
    resource,
    principal: arn,
  };
  expect(placeOf(change, ann, layers, resource)).toEqual(place);
});
