import { expect, test } from "vitest";
import { readSource, reviewPath } from "../src/review/document-source.ts";
import { reviewPolicies } from "../src/review/review-policies.ts";

const document = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });
const read = { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/*" };
const write = { Sid: "Write", Effect: "Allow", Action: "s3:PutObject", Resource: "arn:aws:s3:::reports/*" };

test("a review says what a change gives, sentence by sentence, with a request that shows it", () => {
  const before = { name: "reports v1", text: document(read) };
  const after = { name: "reports v2", text: document(write, read) };
  const review = reviewPolicies(before, after);
  expect(review).toMatchObject({
    relation: "wider",
    verdict: "reports v2 allows more than reports v1.",
    before: [{ onlyHere: false }],
    // The number of a statement is not what it says.
    after: [{ onlyHere: true }, { onlyHere: false }],
  });
  expect("report" in review && review.report).toMatch(
    /^Review: from reports v1 to reports v2\nreports v2 allows more .*\n- Only reports v2 allows s3:PutObject on .*\(statement 1, Write\)\.\n\nreports v2 says:\n1 \(Write\): Allows writing/,
  );
  expect(reviewPolicies(after, before)).toMatchObject({ relation: "narrower" });
});

test("signs that turn or hide the text of a sentence are written out", () => {
  const turned = { ...read, Resource: "arn:aws:s3:::reports/\u202Efdp.exe\u00A0" };
  const review = reviewPolicies({ name: "old", text: document(write) }, { name: "new", text: document(turned) });
  expect(JSON.stringify(review)).toContain("arn:aws:s3:::reports/<U+202E>fdp.exe<U+00A0>");
  expect(JSON.stringify(review)).not.toMatch(/\u202E|\u00A0/);
});

test("what cannot be compared is said, and by which of the two", () => {
  const good = { name: "reports v1", text: document(read) };
  expect(reviewPolicies(good, { name: "mine", text: "{" })).toMatchObject({
    name: "mine",
    fault: expect.stringMatching(/^It is not a policy/),
  });
  const onBucket = { name: "of the bucket", text: document({ ...read, Principal: "*" }) };
  expect(reviewPolicies(good, onBucket)).toMatchObject({ relation: "unknown" });
});

test("a link names a version, and no version for the default", () => {
  const arn = "arn:aws:iam::123456789012:policy/team/reports";
  const path = reviewPath({ arn, version: "v2" }, { arn, version: "" });
  const search = new URL(path, "http://localhost").searchParams;
  expect([search.get("before"), search.get("after")].map((one) => readSource(one ?? ""))).toEqual([
    { arn, version: "v2" },
    { arn, version: "" },
  ]);
});
