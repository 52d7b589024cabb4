import { expect, test } from "vitest";
import type { PolicyOrigin } from "../model/policy-origin.ts";
import { originOfRecorded, recordedName } from "./recorded-name.ts";

const arn = "arn:aws:iam::123456789012:policy/team/reads";

/** Events that are kept have these texts. */
const recorded = [
  ["identity", { kind: "inline", name: "own" }, "own"],
  ["identity", { kind: "inline", name: "own", group: "staff" }, "policy own of group staff"],
  ["identity", { kind: "managed", arn }, arn],
  ["identity", { kind: "managed", arn, group: "staff" }, `policy ${arn} of group staff`],
  ["boundary", { kind: "managed", arn }, arn],
  ["session", { kind: "managed", arn }, arn],
  ["resource", { kind: "bucket", bucket: "b.c", withAcl: false }, "bucket policy of b.c"],
  ["resource", { kind: "bucket", bucket: "b", withAcl: true }, "bucket policy and ACL of b"],
  ["trust", { kind: "trust", roleArn: "arn:aws:iam::123456789012:role/ci/deploy" }, undefined],
  ["guardrail", { kind: "service-control", name: "No (more)\nof b", id: "p-1" }, undefined],
  ["guardrail", { kind: "resource-control", name: "Full", id: "p-2" }, "resource control policy Full (p-2)"],
] as const satisfies readonly (readonly [string, PolicyOrigin, string | undefined])[];

test.each(recorded)("%s: %j is read back from its name in the record", (layer, origin, name) => {
  const written = recordedName(origin);
  if (name !== undefined) expect(written).toBe(name);
  expect(originOfRecorded(written, layer)).toEqual(origin);
});

test("a policy that is kept nowhere has no origin", () => {
  expect(originOfRecorded("session policy", "session")).toBeUndefined();
  expect(originOfRecorded("policies of account 123456789012", "resource")).toBeUndefined();
});
