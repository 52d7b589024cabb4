import { expect, test } from "vitest";
import { readContext, readDenialMessage } from "./access-question.ts";

const user = "arn:aws:iam::111122223333:user/ann";
const because = "because no identity-based policy allows the iam:X action";

test.each([
  [`: "arn:aws:s3:::b/a because no b" ${because}`, "arn:aws:s3:::b/a because no b"],
  [`: arn:aws:iam::111122223333:role/r ${because}`, "arn:aws:iam::111122223333:role/r"],
  [`: user bob ${because}`, "arn:aws:iam::111122223333:user/bob"],
  [": group ops with an explicit deny in an identity-based policy", "arn:aws:iam::111122223333:group/ops"],
  [`: access key AKIAEXAMPLE ${because}`, "access key AKIAEXAMPLE"],
  [": user bob", "arn:aws:iam::111122223333:user/bob"],
  [": arn:aws:iam::111122223333:role/r (Service: Sts)", "arn:aws:iam::111122223333:role/r"],
])("the resource of a denial, as it is written%s", (written, resource) => {
  const message = `User: ${user} is not authorized to perform: iam:X on resource${written}`;
  expect(readDenialMessage(message)).toMatchObject({ principal: user, action: "iam:X", resource });
});

test.each([
  ["aws:SourceIp", "2001:db8::1", "office", "an address"],
  ["aws:SecureTransport", "TRUE", "yes", "true or false"],
  ["s3:max-keys", "10", "ten", "a number"],
  ["aws:CurrentTime", "2030-01-02T03:04:05Z", "tomorrow", "a date"],
])("a value of %s is like %s, and %s is refused", (key, value, slip, words) => {
  expect(readContext([`${key}=${value}`])).toEqual(new Map([[key.toLowerCase(), value]]));
  expect(() => readContext([`${key}=${slip}`])).toThrow(`the value of ${key} must be ${words}`);
});
