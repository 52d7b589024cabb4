import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import * as org from "@aws-sdk/client-organizations";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { SigningKeys } from "@s3-credentials/protocol";
import { afterAll } from "vitest";
import type { S3Gateway } from "./s3-gateway.ts";

/** Accounts, users and policies of the organization of a running gateway. */
export interface Organization {
  readonly client: (keys?: SigningKeys) => org.OrganizationsClient;
  readonly iam: (keys: SigningKeys) => IAMClient;
  /** A new account, with the keys of its root. */
  readonly member: () => Promise<{ readonly id: string; readonly root: SigningKeys }>;
  /** Keys of a new user of the account whose root's keys these are. */
  readonly user: (root: SigningKeys, name: string, ...statements: readonly object[]) => Promise<SigningKeys>;
  readonly assume: (keys: SigningKeys, RoleArn: string) => Promise<SigningKeys>;
  /** A new policy, attached to the account or root. */
  readonly attach: (targetId: string, type: org.PolicyType, statement: object) => Promise<string>;
}

/** Where the gateway has written the root keys of a member account. */
export function rootKeysOf(dataDir: string, accountId: string): SigningKeys {
  const text = readFileSync(join(dataDir, "accounts", accountId, "root-credentials"), "utf8");
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1] ?? "";
  return { accessKeyId: value("aws_access_key_id"), secretAccessKey: value("aws_secret_access_key") };
}

export function useOrganization(gateway: S3Gateway): Organization {
  const open: { destroy: () => void }[] = [];
  afterAll(() => {
    for (const client of open) client.destroy();
  });
  let made = 0;
  const settings = (credentials: SigningKeys) => ({
    endpoint: `http://127.0.0.1:${gateway.port}`,
    region: "us-east-1",
    credentials,
    maxAttempts: 1,
  });
  const kept = <C extends { destroy: () => void }>(client: C): C => {
    open.push(client);
    return client;
  };
  const client = (keys = gateway.admin) => kept(new org.OrganizationsClient(settings(keys)));
  const iam = (keys: SigningKeys) => kept(new IAMClient(settings(keys)));
  return {
    client,
    iam,
    async member() {
      made += 1;
      const command = new org.CreateAccountCommand({ AccountName: `member ${made}`, Email: `m${made}@example.com` });
      const id = (await client().send(command)).CreateAccountStatus?.AccountId ?? "";
      return { id, root: rootKeysOf(gateway.dataDir, id) };
    },
    async user(root, UserName, ...statements) {
      const api = iam(root);
      await api.send(new CreateUserCommand({ UserName }));
      const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statements });
      if (statements.length > 0)
        await api.send(new PutUserPolicyCommand({ UserName, PolicyName: "own", PolicyDocument }));
      const { AccessKey } = await api.send(new CreateAccessKeyCommand({ UserName }));
      return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
    },
    async assume(keys, RoleArn) {
      const sts = kept(new STSClient(settings(keys)));
      const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }));
      return {
        accessKeyId: Credentials?.AccessKeyId ?? "",
        secretAccessKey: Credentials?.SecretAccessKey ?? "",
        sessionToken: Credentials?.SessionToken ?? "",
      };
    },
    async attach(TargetId, Type, statement) {
      made += 1;
      const Content = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
      const policy = new org.CreatePolicyCommand({ Name: `policy ${made}`, Description: "", Content, Type });
      const PolicyId = (await client().send(policy)).Policy?.PolicySummary?.Id ?? "";
      await client().send(new org.AttachPolicyCommand({ PolicyId, TargetId }));
      return PolicyId;
    },
  };
}
