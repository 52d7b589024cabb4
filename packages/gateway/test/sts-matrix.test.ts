import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateAccountCommand,
  DescribeCreateAccountStatusCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { SigningKeys } from "@s3-credentials/protocol";
import { beforeAll, expect, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

// Who may assume a role: the trust, the caller's own policies, its account, the external id and the time asked for, each with each.

const gateway = useS3Gateway();
const settings = (keys: SigningKeys) => ({
  endpoint: `http://127.0.0.1:${gateway.port}`,
  region: "us-east-1",
  credentials: keys,
  maxAttempts: 1,
});

const identities = ["allows", "says nothing", "denies"] as const;
const trusts = ["the account", "the user", "another"] as const;

interface Person {
  readonly account: "same" | "other";
  readonly identity: (typeof identities)[number];
  readonly arn: string;
  readonly sts: STSClient;
}

async function makePeople(keys: SigningKeys, account: Person["account"]): Promise<readonly Person[]> {
  const client = new IAMClient(settings(keys));
  const people: Person[] = [];
  for (const identity of identities) {
    const UserName = `matrix-${identity.replace(" ", "-")}`;
    const { User } = await client.send(new CreateUserCommand({ UserName }));
    const Effect = identity === "denies" ? "Deny" : "Allow";
    const Action = identity === "says nothing" ? "s3:GetObject" : "sts:AssumeRole";
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect, Action, Resource: "*" }] });
    await client.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument }));
    const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName }));
    const own = { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
    people.push({ account, identity, arn: User?.Arn ?? "", sts: new STSClient(settings(own)) });
  }
  return people;
}

/** Administrator keys of a new account: of the role that it trusts the management account with. */
async function otherAccount(): Promise<{ readonly id: string; readonly keys: SigningKeys }> {
  const client = new OrganizationsClient(settings(gateway.admin));
  const asked = await client.send(new CreateAccountCommand({ AccountName: "matrix", Email: "matrix@example.com" }));
  const { Id: CreateAccountRequestId } = asked.CreateAccountStatus ?? {};
  const status = await client.send(new DescribeCreateAccountStatusCommand({ CreateAccountRequestId }));
  const id = status.CreateAccountStatus?.AccountId ?? "";
  const RoleArn = `arn:aws:iam::${id}:role/OrganizationAccountAccessRole`;
  const { Credentials } = await new STSClient(settings(gateway.admin)).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: "matrix" }),
  );
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  return { id, keys: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken } };
}

let people: readonly Person[] = [];
let accounts: readonly string[] = [];

beforeAll(async () => {
  const other = await otherAccount();
  accounts = [gateway.accountId, other.id];
  people = [...(await makePeople(gateway.admin, "same")), ...(await makePeople(other.keys, "other"))];
});

function outcome(sent: Promise<unknown>): Promise<string> {
  return sent.then(
    () => "allowed",
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

/** What the documentation says of these. */
function expected({ account, identity }: Person, trust: (typeof trusts)[number], fits: boolean, hours: number): string {
  if (trust === "another" || !fits || identity === "denies") return "AccessDenied";
  // A trust that names the user is enough in its own account; everywhere else its own policies must allow as well.
  const isEnough = account === "same" && trust === "the user";
  if (!isEnough && identity !== "allows") return "AccessDenied";
  return hours > 1 ? "ValidationError" : "allowed";
}

test.each(trusts.flatMap((trust) => [[trust, false] as const, [trust, true] as const]))(
  "a role that trusts %s (with a condition on the external id: %s)",
  async (trust, conditional) => {
    const principals = {
      "the account": accounts.map((id) => `arn:aws:iam::${id}:root`),
      "the user": people.map(({ arn }) => arn),
      another: [`arn:aws:iam::${gateway.accountId}:user/admin`],
    }[trust];
    const statement = {
      Effect: "Allow",
      Principal: { AWS: principals },
      Action: "sts:AssumeRole",
      ...(conditional ? { Condition: { StringEquals: { "sts:ExternalId": "right" } } } : {}),
    };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    const RoleName = `matrix-${trusts.indexOf(trust)}-${conditional}`;
    const made = await new IAMClient(settings(gateway.admin)).send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }),
    );
    const wrong: unknown[] = [];
    for (const person of people) {
      for (const ExternalId of [undefined, "right", "wrong"]) {
        for (const hours of [1, 2]) {
          const input = { RoleArn: made.Role?.Arn, RoleSessionName: "job", ExternalId, DurationSeconds: hours * 3600 };
          const found = await outcome(person.sts.send(new AssumeRoleCommand(input)));
          const want = expected(person, trust, !conditional || ExternalId === "right", hours);
          const { account, identity } = person;
          if (found !== want) wrong.push({ account, identity, ExternalId, hours, found, want });
        }
      }
    }
    expect(wrong).toEqual([]);
  },
);
