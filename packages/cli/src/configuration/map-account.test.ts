import { expect, test } from "vitest";
import { parseJson } from "../formats/json.ts";
import { entitiesOf, entityText, makeEntity } from "./configuration.ts";
import { mapAccount } from "./map-account.ts";

test("the number of the account is changed in ARNs and where it stands alone, and in no name", () => {
  const before = {
    Bucket: "logs-111122223333",
    Policy: {
      Statement: [
        {
          Principal: { AWS: ["111122223333", "arn:aws:iam::111122223333:user/ann", "arn:aws:iam::444455556666:root"] },
          Resource: "arn:aws:s3:::logs-111122223333/*",
          Condition: { ArnLike: { "aws:SourceArn": "arn:aws:cloudtrail:*:111122223333:trail/*" } },
        },
      ],
    },
  };
  const members = parseJson(JSON.stringify(before));
  const entity = makeEntity("buckets", "logs-111122223333", members instanceof Map ? members : new Map());
  const configuration = { account: "111122223333", partition: "aws", entities: entitiesOf([entity]) };
  const { account, entities } = mapAccount(configuration, "777788889999");
  const after = JSON.parse([...entities.values()].map(entityText).join("")) as typeof before;
  expect(account).toBe("777788889999");
  expect(after).toEqual({
    Bucket: "logs-111122223333",
    Policy: {
      Statement: [
        {
          Principal: { AWS: ["777788889999", "arn:aws:iam::777788889999:user/ann", "arn:aws:iam::444455556666:root"] },
          Resource: "arn:aws:s3:::logs-111122223333/*",
          Condition: { ArnLike: { "aws:SourceArn": "arn:aws:cloudtrail:*:777788889999:trail/*" } },
        },
      ],
    },
  });
});
