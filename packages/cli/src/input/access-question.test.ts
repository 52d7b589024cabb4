import { expect, test } from "vitest";
import { readDenialMessage } from "./access-question.ts";

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
