import { expect, test } from "vitest";
import { documentKind } from "./document-kind.ts";

test.each([
  ['{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}', "identity"],
  ['{"Statement": [{"Principal": "*", "Action": "s3:*", "Resource": "*"}]}', "resource"],
  ['{"Statement": [{"NotPrincipal": "*", "Action": "s3:*", "NotResource": "*"}]}', "resource"],
  ['{"Statement": {"Principal": "*", "Action": "sts:AssumeRole"}}', "trust"],
  ['{"Statement": "Principal"}', "identity"],
  ["[]", "identity"],
  ["{", "identity"],
])("%s is for: %s", (text, kind) => {
  expect(documentKind(text)).toBe(kind);
});
