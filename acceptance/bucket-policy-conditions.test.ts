import {
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { outcome, s3 } from "./clients.ts";
import { makeBucket, makeUser, type MadeUser } from "./fixtures.ts";
import type { RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

/** The four condition keys a bucket policy is most asked for, each live on the requests it is about. */
describe("bucket policy conditions", () => {
  let gateway: RunningGateway;
  let john: MadeUser;
  let bucket: string;
  let count = 0;

  beforeAll(async () => {
    gateway = await startGatewayHere();
    john = await makeUser(gateway, "JohnDoe");
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    count += 1;
    bucket = `example-bucket-${count}`;
    await makeBucket(gateway, bucket, ["home/JohnDoe/a", "home/other/b", "some-file.txt"]);
  });

  async function attach(statement: Record<string, unknown>): Promise<void> {
    const policy = { Version: "2012-10-17", Statement: statement };
    await s3(gateway, gateway.admin).send(
      new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) }),
    );
  }

  function listStatement(condition: unknown): Record<string, unknown> {
    return {
      Effect: "Allow",
      Principal: { AWS: [john.arn] },
      Action: "s3:ListBucket",
      Resource: `arn:aws:s3:::${bucket}`,
      Condition: condition,
    };
  }

  test.each([
    [10, "allowed"],
    [1, "allowed"],
    [11, "AccessDenied"],
    [undefined, "AccessDenied"],
  ])("s3:max-keys at most 10: max-keys=%s is %s", async (maxKeys, expected) => {
    await attach(listStatement({ NumericLessThanEquals: { "s3:max-keys": "10" } }));
    const client = s3(gateway, john.keys);
    expect(await outcome(client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: maxKeys })))).toBe(expected);
    expect(await outcome(client.send(new ListObjectsCommand({ Bucket: bucket, MaxKeys: maxKeys })))).toBe(expected);
  });

  test.each([
    ["/", "allowed"],
    ["-", "AccessDenied"],
    [undefined, "AccessDenied"],
  ])("s3:delimiter: %s is %s", async (delimiter, expected) => {
    await attach(listStatement({ StringEquals: { "s3:delimiter": "/" } }));
    const sent = s3(gateway, john.keys).send(new ListObjectsV2Command({ Bucket: bucket, Delimiter: delimiter }));
    expect(await outcome(sent)).toBe(expected);
  });

  test.each([
    ["home/JohnDoe", "allowed"],
    ["home/JohnDoe/", "AccessDenied"],
    ["home/", "AccessDenied"],
    [undefined, "AccessDenied"],
  ])("s3:prefix: %s is %s", async (prefix, expected) => {
    await attach(listStatement({ StringEquals: { "s3:prefix": "home/JohnDoe" } }));
    const sent = s3(gateway, john.keys).send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    expect(await outcome(sent)).toBe(expected);
  });

  test("the anonymous listing of the page: everyone, ten keys at most", async () => {
    const open = { ...listStatement({ NumericLessThanEquals: { "s3:max-keys": "10" } }), Principal: "*" };
    // A new bucket blocks public policies until its owner says otherwise.
    expect(await outcome(attach(open))).toBe("AccessDenied");
    await s3(gateway, gateway.admin).send(new DeletePublicAccessBlockCommand({ Bucket: bucket }));
    await attach(open);
    const ten = await fetch(`${gateway.endpoint}/${bucket}?list-type=2&max-keys=10`);
    expect(ten.status).toBe(200);
    expect(await ten.text()).toContain("<Key>some-file.txt</Key>");
    expect((await fetch(`${gateway.endpoint}/${bucket}?list-type=2&max-keys=11`)).status).toBe(403);
    expect((await fetch(`${gateway.endpoint}/${bucket}?list-type=2`)).status).toBe(403);
  });

  test("s3:VersionId: one version, and no other", async () => {
    const admin = s3(gateway, gateway.admin);
    await admin.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }),
    );
    const put = (body: string) =>
      admin.send(new PutObjectCommand({ Bucket: bucket, Key: "some-file.txt", Body: body }));
    const first = await put("first");
    const second = await put("second");
    await attach({
      Effect: "Allow",
      Principal: { AWS: [john.arn] },
      Action: "s3:GetObjectVersion",
      Resource: `arn:aws:s3:::${bucket}/some-file.txt`,
      Condition: { StringEquals: { "s3:VersionId": first.VersionId } },
    });
    const get = (versionId?: string) =>
      s3(gateway, john.keys).send(new GetObjectCommand({ Bucket: bucket, Key: "some-file.txt", VersionId: versionId }));
    expect(await (await get(first.VersionId)).Body?.transformToString()).toBe("first");
    expect(await outcome(get(second.VersionId))).toBe("AccessDenied");
    expect(await outcome(get("null"))).toBe("AccessDenied");
    expect(await outcome(get())).toBe("AccessDenied");
  });
});
