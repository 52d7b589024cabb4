import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { iam, s3 } from "./clients.ts";
import type { Keys, RunningGateway } from "./gateway.ts";

export interface MadeUser {
  readonly name: string;
  readonly arn: string;
  readonly userId: string;
  readonly keys: Keys;
}

export interface UserRights {
  /** Inline policy document. */
  readonly policy?: unknown;
  /** ARNs of managed policies. */
  readonly managed?: readonly string[];
  readonly boundary?: string;
  readonly path?: string;
}

export async function makeUser(gateway: RunningGateway, name: string, rights: UserRights = {}): Promise<MadeUser> {
  const client = iam(gateway, gateway.admin);
  const { User } = await client.send(
    new CreateUserCommand({ UserName: name, PermissionsBoundary: rights.boundary, Path: rights.path }),
  );
  for (const arn of rights.managed ?? []) {
    await client.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn: arn }));
  }
  if (rights.policy !== undefined) {
    await client.send(
      new PutUserPolicyCommand({ UserName: name, PolicyName: "inline", PolicyDocument: JSON.stringify(rights.policy) }),
    );
  }
  return { name, arn: User?.Arn ?? "", userId: User?.UserId ?? "", keys: await makeKeys(gateway, name) };
}

async function makeKeys(gateway: RunningGateway, name: string): Promise<Keys> {
  const { AccessKey } = await iam(gateway, gateway.admin).send(new CreateAccessKeyCommand({ UserName: name }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
}

/** A bucket of the admin's account with these keys in it, each holding its own name. */
export async function makeBucket(gateway: RunningGateway, name: string, keys: readonly string[] = []): Promise<void> {
  const client = s3(gateway, gateway.admin);
  await client.send(new CreateBucketCommand({ Bucket: name }));
  for (const key of keys) await client.send(new PutObjectCommand({ Bucket: name, Key: key, Body: key }));
}

export function allow(
  action: string | readonly string[],
  resource: string | readonly string[],
  condition?: unknown,
): unknown {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: action,
        Resource: resource,
        ...(condition === undefined ? {} : { Condition: condition }),
      },
    ],
  };
}
