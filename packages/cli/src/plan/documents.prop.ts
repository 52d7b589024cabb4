import { array, assert, constantFrom, integer, property, record, string, uniqueArray } from "fast-check";
import { expect, test } from "vitest";
import { fromPlain, isList, isObject, type Json, type JsonObject } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { compact, joinDocuments, mergeStatements, policyOf, statementsOf } from "./documents.ts";
import { grantName } from "./names.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 300);

const resource = constantFrom("arn:aws:s3:::a", "arn:aws:s3:::b", "arn:aws:s3:::a/*", "arn:aws:s3:::b/x y/*");
const statement = record(
  {
    Effect: constantFrom("Allow", "Deny"),
    Action: constantFrom<Json>("s3:*", ["s3:GetObject"], ["s3:PutObject", "s3:GetObject"]),
    Resource: array(resource, { minLength: 1, maxLength: 3 }),
    NotResource: resource,
    Condition: constantFrom<unknown>({ Bool: { "aws:SecureTransport": "true" } }, { Null: { "s3:prefix": "true" } }),
  },
  { requiredKeys: ["Effect", "Action"] },
);
const documents = array(statement, { maxLength: 8 }).map((items) => policyOf(items.map(fromPlain)));

/** What a document says: every statement once for each of its resources. */
function sayings(document: JsonObject): ReadonlySet<string> {
  const said = statementsOf(document).flatMap((item) => {
    if (!isObject(item)) return [];
    const named = item.get("Resource");
    if (!isList(named)) return [dumps(item)];
    const rest = new Map([...item].filter(([name]) => name !== "Resource"));
    return named.map((one) => `${dumps(rest)} ${dumps(one)}`);
  });
  return new Set(said);
}

test("merging says the same, in no more statements or characters", () => {
  assert(
    property(documents, (document) => {
      const merged = mergeStatements(document);
      expect(sayings(merged)).toEqual(sayings(document));
      expect(statementsOf(merged).length).toBeLessThanOrEqual(statementsOf(document).length);
      expect(compact(merged).length).toBeLessThanOrEqual(compact(document).length);
    }),
    { numRuns },
  );
});

test("joining says what each document says", () => {
  assert(
    property(array(documents, { minLength: 1, maxLength: 4 }), (several) => {
      const all = new Set(several.flatMap((document) => [...sayings(document)]));
      expect(sayings(joinDocuments(several))).toEqual(all);
    }),
    { numRuns },
  );
});

test("a compact document reads back as the same one, white space inside strings kept", () => {
  assert(
    property(documents, (document) => {
      expect(JSON.parse(compact(document))).toEqual(JSON.parse(dumps(document)));
    }),
    { numRuns },
  );
});

test("names keep to their length, and different buckets have different names", () => {
  const bucket = string({ unit: constantFrom("a", "b", "1", "-", "."), minLength: 3, maxLength: 63 });
  assert(
    property(
      uniqueArray(array(bucket, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 8, selector: String }),
      integer({ min: 40, max: 128 }),
      (lists, maxLength) => {
        const names = lists.map((buckets) => grantName("read-write", buckets, maxLength));
        for (const name of names) expect(name.length).toBeLessThanOrEqual(maxLength);
        expect(new Set(names).size).toBe(lists.length);
      },
    ),
    { numRuns },
  );
});
