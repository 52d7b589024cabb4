import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jsonOf, nodeOf, problemIn } from "../src/api/setting-json.ts";
import { corsRulesShape, corsShape, lifecycleShape } from "../src/api/setting-shapes.ts";
import { element } from "../src/api/tree.ts";
import { bytesIn, bytesText } from "../src/bucket/byte-count.ts";
import { deletesAny, type LifecycleRule, ruleSentences, scopeOf, withScope } from "../src/bucket/lifecycle-rule.ts";

const tags = fc.uniqueArray(fc.record({ Key: fc.string({ minLength: 1 }), Value: fc.string({ minLength: 1 }) }), {
  maxLength: 3,
  selector: ({ Key }) => Key,
});
const scopes = fc.record({
  prefix: fc.constantFrom("", "logs/", "é & <b>"),
  tags,
  largerThan: fc.option(fc.nat(), { nil: undefined }),
  smallerThan: fc.option(fc.nat(), { nil: undefined }),
});
const rules = scopes.map((scope) =>
  withScope(
    {
      ID: "one",
      Status: "Enabled",
      Expiration: { Days: 90 },
      NoncurrentVersionExpiration: { NoncurrentDays: 3 },
      Transitions: [
        { Days: 30, StorageClass: "STANDARD_IA" },
        { Days: 60, StorageClass: "GLACIER_IR" },
      ],
      NoncurrentVersionTransitions: [{ NoncurrentDays: 1, NewerNoncurrentVersions: 2, StorageClass: "GLACIER_IR" }],
    },
    scope,
  ),
);

test("a rule that the form has changed is about what the form says, and keeps the rest", () => {
  fc.assert(
    fc.property(rules, scopes, (rule, scope) => {
      const changed = withScope(rule, scope);
      expect(scopeOf(changed)).toEqual(scope);
      expect(withScope(changed, scopeOf(rule))).toEqual(rule);
    }),
  );
  const old: LifecycleRule = { Status: "Enabled", Prefix: "a/", Expiration: { Days: 1 } };
  expect(withScope(old, { ...scopeOf(old), prefix: "b/" })).toEqual({ ...old, Prefix: "b/" });
  expect(withScope(old, { ...scopeOf(old), largerThan: 5 })).toEqual({
    Status: "Enabled",
    Expiration: { Days: 1 },
    Filter: { And: { Prefix: "a/", ObjectSizeGreaterThan: 5 } },
  });
});

test("a document as JSON is the document", () => {
  fc.assert(
    fc.property(fc.array(rules, { minLength: 1, maxLength: 3 }), (Rules) => {
      const node = nodeOf(lifecycleShape, "LifecycleConfiguration", { Rules });
      expect(problemIn(lifecycleShape, { Rules })).toBeUndefined();
      expect(jsonOf(lifecycleShape, node)).toEqual({ Rules });
    }),
  );
  const whole = { ID: "a", ExposeHeaders: ["ETag"], AllowedHeaders: ["*"], MaxAgeSeconds: 0 };
  const cors = { CORSRules: [{ AllowedOrigins: ["*"], AllowedMethods: ["GET", "PUT"], ...whole }] };
  expect(problemIn(corsShape, cors)).toBeUndefined();
  expect(jsonOf(corsShape, nodeOf(corsShape, "CORSConfiguration", cors))).toEqual(cors);
  // What would be lost is not shown as if it were all.
  const strange = element("LifecycleConfiguration", [element("Rule", [element("Archive", "")])]);
  expect(() => jsonOf(lifecycleShape, strange)).toThrow("The document has Archive, which this page does not know");
});

test.each([
  [[], "It must be an object."],
  [{ Rules: {} }, "Rules must be a list."],
  [{ Rules: [{ Status: true }] }, "Rules/0/Status must be a text."],
  [{ Rules: [{ Expiration: { Days: "3" } }] }, "Rules/0/Expiration/Days must be a number."],
  [{ Rules: [{ Expiration: { ExpiredObjectDeleteMarker: 1 } }] }, "must be true or false."],
  [{ Rule: [] }, "It has Rule; it can have Rules."],
  [{ constructor: {} }, "It has constructor; it can have Rules."],
])("%j: %s", (value, problem) => {
  expect(problemIn(lifecycleShape, value)).toContain(problem);
});

test("what a rule needs is said before the gateway calls the document malformed", () => {
  expect(problemIn(corsRulesShape, [{ AllowedOrigins: ["*"] }])).toBe("/0 needs AllowedMethods.");
});

test("each part of a rule is a sentence", () => {
  const rule: LifecycleRule = {
    Status: "Enabled",
    Filter: { And: { Prefix: "logs/", Tags: [{ Key: "team", Value: "a" }] } },
    Expiration: { Days: 1 },
    NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions: 3 },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  };
  expect(ruleSentences(rule)).toEqual([
    "Deletes objects that begin with logs/ and have the tag team=a 1 day after their last change",
    "Deletes older versions of objects that begin with logs/ and have the tag team=a 2 days after a newer one came, but keeps the newest 3 of them",
    "Ends uploads that are not completed after 7 days",
  ]);
  expect(deletesAny(rule)).toBe(true);
});

test("a transition is no deletion, and is about small objects only where the rule says so", () => {
  const rule: LifecycleRule = {
    Status: "Enabled",
    Filter: { Prefix: "logs/" },
    Transitions: [{ Days: 30, StorageClass: "STANDARD_IA" }],
    NoncurrentVersionTransitions: [{ NoncurrentDays: 1, NewerNoncurrentVersions: 2, StorageClass: "GLACIER_IR" }],
  };
  expect(ruleSentences(rule)).toEqual([
    "Gives objects that begin with logs/ and are at least 128 KiB large the storage class STANDARD_IA 30 days after their last change",
    "Gives older versions of objects that begin with logs/ and are at least 128 KiB large the storage class GLACIER_IR 1 day after a newer one came, but for the newest 2 of them",
  ]);
  const dated = { ...rule, Transitions: [{ Date: "2099-01-31T00:00:00Z", StorageClass: "GLACIER_IR" }] };
  expect(ruleSentences({ ...dated, Filter: { ObjectSizeGreaterThan: 10 } })[0]).toBe(
    "Gives objects that are larger than 10 B the storage class GLACIER_IR from 2099-01-31 on",
  );
  expect(deletesAny(rule)).toBe(false);
});

test("sizes are read as they are written", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => bytesIn(bytesText(bytes)) === bytes));
  expect([bytesIn("1.5 GiB"), bytesIn("10M"), bytesIn("ten"), bytesIn("1 parsec")]).toEqual([
    1.5 * 1024 ** 3,
    10 * 1024 ** 2,
    undefined,
    undefined,
  ]);
});
