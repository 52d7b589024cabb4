import { CreateRoleCommand, IAMClient, ListUsersCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, type Credentials, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import type { SigningKeys } from "@s3-credentials/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { enableDevice } from "./mfa-device.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const settings = (keys: SigningKeys) => ({
  endpoint: `http://127.0.0.1:${gateway.port}`,
  region: "us-east-1",
  credentials: keys,
  maxAttempts: 1,
});
const iam = (keys: SigningKeys = gateway.admin) => new IAMClient(settings(keys));
const sts = (keys: SigningKeys) => new STSClient(settings(keys));
const s3 = (keys: SigningKeys) => new S3Client({ ...settings(keys), forcePathStyle: true });

async function outcome(sent: Promise<unknown>): Promise<string> {
  return sent.then(
    () => "allowed",
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

const keysOf = ({ Credentials: made }: { readonly Credentials?: Credentials | undefined }): SigningKeys => ({
  accessKeyId: made?.AccessKeyId ?? "",
  secretAccessKey: made?.SecretAccessKey ?? "",
  sessionToken: made?.SessionToken ?? "",
});

const withMfa = (Action: readonly string[]) => [
  { Effect: "Allow", Action, Resource: "*", Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } },
];

describe("codes of an MFA device in STS", () => {
  let ann: SigningKeys;
  let device: Awaited<ReturnType<typeof enableDevice>>;
  let role: string;

  beforeAll(async () => {
    ann = await gateway.user("ann", ...withMfa(["s3:ListAllMyBuckets", "iam:ListUsers"]));
    device = await enableDevice(iam(), "ann");
    const principal = { AWS: `arn:aws:iam::${gateway.accountId}:user/ann` };
    const condition = { NumericLessThan: { "aws:MultiFactorAuthAge": "60" } };
    const statement = { Effect: "Allow", Principal: principal, Action: "sts:AssumeRole", Condition: condition };
    const document = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    const { Role } = await iam().send(new CreateRoleCommand({ RoleName: "mfa", AssumeRolePolicyDocument: document }));
    role = Role?.Arn ?? "";
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: withMfa(["s3:ListAllMyBuckets"]) });
    await iam().send(new PutRolePolicyCommand({ RoleName: "mfa", PolicyName: "p", PolicyDocument: policy }));
  });

  const assume = (keys: SigningKeys, more: object = {}) =>
    sts(keys).send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "job", ...more }));

  test("are refused when they are wrong, alone, or of a device of somebody else", async () => {
    const bob = await gateway.user("bob");
    const { SerialNumber } = device;
    const TokenCode = device.code(0) === "000000" ? "111111" : "000000";
    for (const input of [{ SerialNumber, TokenCode }, { SerialNumber }, { TokenCode }]) {
      expect(await outcome(sts(ann).send(new GetSessionTokenCommand(input)))).toBe("AccessDenied");
      expect(await outcome(assume(ann, input))).toBe("AccessDenied");
    }
    const theirs = new GetSessionTokenCommand({ SerialNumber, TokenCode: device.code(0) });
    expect(await outcome(sts(bob).send(theirs))).toBe("AccessDenied");
  });

  test("of GetSessionToken go into the session, with its age, and open IAM; each counts once", async () => {
    const { SerialNumber } = device;
    expect(await outcome(s3(ann).send(new ListBucketsCommand({})))).toBe("AccessDenied");
    const without = keysOf(await sts(ann).send(new GetSessionTokenCommand({})));
    expect(await outcome(s3(without).send(new ListBucketsCommand({})))).toBe("AccessDenied");
    expect(await outcome(assume(without))).toBe("AccessDenied");

    const input = { SerialNumber, TokenCode: device.code(0) };
    const keys = keysOf(await sts(ann).send(new GetSessionTokenCommand(input)));
    expect(await outcome(s3(keys).send(new ListBucketsCommand({})))).toBe("allowed");
    expect(await outcome(iam(keys).send(new ListUsersCommand({})))).toBe("allowed");
    expect(await outcome(sts(ann).send(new GetSessionTokenCommand(input)))).toBe("AccessDenied");
    expect(await outcome(sts(keys).send(new GetSessionTokenCommand({})))).toBe("AccessDenied");
    // The role is assumed with the session's MFA; the role's own session has none.
    const assumed = keysOf(await assume(keys));
    expect(await outcome(s3(assumed).send(new ListBucketsCommand({})))).toBe("AccessDenied");
  });

  test("of AssumeRole count for that request alone", async () => {
    expect(await outcome(assume(ann))).toBe("AccessDenied");
    const input = { SerialNumber: device.SerialNumber, TokenCode: device.code(1) };
    const assumed = keysOf(await assume(ann, input));
    expect(await outcome(s3(assumed).send(new ListBucketsCommand({})))).toBe("AccessDenied");
    expect(await outcome(assume(ann, input))).toBe("AccessDenied");
  });
});
