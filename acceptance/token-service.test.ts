import {
  DeleteBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outcome, s3, sts } from "./clients.ts";
import { allow, makeBucket, makeUser, type MadeUser } from "./fixtures.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

/** Temporary credentials from AssumeRole with an inline policy and no role: the caller's own rights, cut down. */
describe("a token service without roles", () => {
  let gateway: RunningGateway;
  let owner: MadeUser;

  beforeAll(async () => {
    gateway = await startGatewayHere();
    owner = await makeUser(gateway, "owner", { managed: ["arn:aws:iam::aws:policy/AmazonS3FullAccess"] });
    await makeBucket(gateway, "your-bucket-name", ["report.txt"]);
    await makeBucket(gateway, "another-bucket", ["secret.txt"]);
  });
  afterAll(() => gateway.stop());

  const readOnly = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion"],
        Resource: ["arn:aws:s3:::your-bucket-name", "arn:aws:s3:::your-bucket-name/*"],
      },
      { Effect: "Deny", Action: "s3:DeleteBucket", Resource: "arn:aws:s3:::your-bucket-name" },
    ],
  };

  async function assume(keys: Keys, policy: unknown, seconds = 3600): Promise<Keys> {
    const { Credentials } = await sts(gateway, keys).send(
      new AssumeRoleCommand({
        RoleArn: undefined,
        RoleSessionName: "read-only-user",
        DurationSeconds: seconds,
        ...(policy === undefined ? {} : { Policy: JSON.stringify(policy) }),
      }),
    );
    return {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
  }

  test("the session reads the bucket, and nothing else", async () => {
    const session = await assume(owner.keys, readOnly);
    const client = s3(gateway, session);
    const read = await client.send(new GetObjectCommand({ Bucket: "your-bucket-name", Key: "report.txt" }));
    expect(await read.Body?.transformToString()).toBe("report.txt");
    const listed = await client.send(new ListObjectsV2Command({ Bucket: "your-bucket-name" }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(["report.txt"]);

    expect(await outcome(client.send(new PutObjectCommand({ Bucket: "your-bucket-name", Key: "x", Body: "x" })))).toBe(
      "AccessDenied",
    );
    expect(await outcome(client.send(new DeleteBucketCommand({ Bucket: "your-bucket-name" })))).toBe("AccessDenied");
    expect(await outcome(client.send(new GetObjectCommand({ Bucket: "another-bucket", Key: "secret.txt" })))).toBe(
      "AccessDenied",
    );
  });

  test("it says whose session it is", async () => {
    const session = await assume(owner.keys, readOnly);
    const who = await sts(gateway, session).send(new GetCallerIdentityCommand({}));
    expect(who.Account).toBe(gateway.accountId);
    expect(who.Arn).toBe(owner.arn);
  });

  test("a policy wider than the caller gives nothing the caller has not", async () => {
    const narrow = await makeUser(gateway, "narrow", {
      policy: allow("s3:GetObject", "arn:aws:s3:::your-bucket-name/*"),
    });
    const session = await assume(narrow.keys, allow("*", "*"));
    const client = s3(gateway, session);
    expect(await outcome(client.send(new GetObjectCommand({ Bucket: "your-bucket-name", Key: "report.txt" })))).toBe(
      "allowed",
    );
    expect(await outcome(client.send(new PutObjectCommand({ Bucket: "your-bucket-name", Key: "x", Body: "x" })))).toBe(
      "AccessDenied",
    );
  });

  test("a session of a session keeps the first one's limits", async () => {
    const first = await assume(owner.keys, readOnly);
    const second = await assume(first, allow("*", "*"));
    const client = s3(gateway, second);
    expect(await outcome(client.send(new GetObjectCommand({ Bucket: "your-bucket-name", Key: "report.txt" })))).toBe(
      "allowed",
    );
    expect(await outcome(client.send(new PutObjectCommand({ Bucket: "your-bucket-name", Key: "x", Body: "x" })))).toBe(
      "AccessDenied",
    );
    const bare = await assume(first, undefined);
    expect(
      await outcome(s3(gateway, bare).send(new PutObjectCommand({ Bucket: "your-bucket-name", Key: "x", Body: "x" }))),
    ).toBe("AccessDenied");
  });

  test("sessions of sessions come to an end: every level is asked on every request", async () => {
    let keys = owner.keys;
    const ends: string[] = [];
    for (let level = 1; level <= 9; level += 1) {
      const made = await assume(keys, readOnly).catch((error: unknown) => error);
      if (made instanceof Error) ends.push(made.name);
      else keys = made as Keys;
    }
    expect(ends).toEqual(["PackedPolicyTooLargeException"]);
    const listed = await s3(gateway, keys).send(new ListObjectsV2Command({ Bucket: "your-bucket-name" }));
    expect(listed.Contents).toHaveLength(1);
  });

  test("the bucket policy of the guide: one principal writes, another may not delete the bucket", async () => {
    const writer = await makeUser(gateway, "writer");
    const remover = await makeUser(gateway, "remover", { managed: ["arn:aws:iam::aws:policy/AmazonS3FullAccess"] });
    await makeBucket(gateway, "shared-bucket");
    const policy = {
      Id: "Policy1703314728428",
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Stmt1703314504947",
          Action: ["s3:PutObject"],
          Effect: "Allow",
          Resource: "arn:aws:s3:::shared-bucket/*",
          Principal: { AWS: [writer.arn] },
        },
        {
          Sid: "Stmt1703314726015",
          Action: ["s3:DeleteBucket"],
          Effect: "Deny",
          Resource: "arn:aws:s3:::shared-bucket",
          Principal: { AWS: [remover.arn] },
        },
      ],
    };
    const admin = s3(gateway, gateway.admin);
    await admin.send(new PutBucketPolicyCommand({ Bucket: "shared-bucket", Policy: JSON.stringify(policy) }));
    const asWriter = s3(gateway, writer.keys);
    expect(await outcome(asWriter.send(new PutObjectCommand({ Bucket: "shared-bucket", Key: "a", Body: "a" })))).toBe(
      "allowed",
    );
    expect(await outcome(asWriter.send(new GetObjectCommand({ Bucket: "shared-bucket", Key: "a" })))).toBe(
      "AccessDenied",
    );
    const asRemover = s3(gateway, remover.keys);
    expect(await outcome(asRemover.send(new GetObjectCommand({ Bucket: "shared-bucket", Key: "a" })))).toBe("allowed");
    expect(await outcome(asRemover.send(new DeleteBucketCommand({ Bucket: "shared-bucket" })))).toBe("AccessDenied");
  });

  test.each([
    [
      "a placeholder for a principal",
      { Principal: { AWS: ["allow to write"] }, Resource: "arn:aws:s3:::another-bucket/*" },
    ],
    ["an object action on the bucket alone", { Principal: "*", Resource: "arn:aws:s3:::another-bucket" }],
    ["another bucket's ARN", { Principal: "*", Resource: "arn:aws:s3:::your-bucket-name/*" }],
    [
      "a user that does not exist",
      { Principal: { AWS: "arn:aws:iam::ACCOUNT:user/nobody" }, Resource: "arn:aws:s3:::another-bucket/*" },
    ],
  ])("a bucket policy with %s is refused", async (_what, part) => {
    const statement = { Effect: "Allow", Action: ["s3:PutObject"], ...part };
    const text = JSON.stringify({ Version: "2012-10-17", Statement: [statement] }).replace(
      "ACCOUNT",
      gateway.accountId,
    );
    const sent = s3(gateway, gateway.admin).send(
      new PutBucketPolicyCommand({ Bucket: "another-bucket", Policy: text }),
    );
    expect(await outcome(sent)).toBe("MalformedPolicy");
  });

  test("root may not assume anything", async () => {
    await expect(assume(gateway.root, readOnly)).rejects.toMatchObject({ name: "AccessDenied" });
  });
});
