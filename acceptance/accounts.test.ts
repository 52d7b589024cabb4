import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aws, cliHere, python } from "./clients.ts";
import type { RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGatewayHere();
});
afterAll(() => gateway.stop());

const account = (...args: readonly string[]) =>
  cliHere(gateway, ["account", ...args, "--endpoint-url", gateway.endpoint], { keys: gateway.admin });

test("`account` makes, lists, renames and closes an account", async () => {
  const made = await account("create", "research", "--email", "research@example.com");
  expect(made.code).toBe(0);
  const { AccountId, ...rest } = JSON.parse(made.stdout) as { AccountId: string };
  expect(rest).toEqual({
    AccountName: "research",
    Email: "research@example.com",
    State: "SUCCEEDED",
    RoleArn: `arn:aws:iam::${AccountId}:role/OrganizationAccountAccessRole`,
  });
  expect(made.stderr).toContain(`accounts/${AccountId}/root-credentials`);
  const file = join(gateway.dataDir, "accounts", AccountId, "root-credentials");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const secret = /^aws_secret_access_key=(.*)$/m.exec(readFileSync(file, "utf8"))?.[1] ?? "none";
  expect(made.stdout + made.stderr).not.toContain(secret);

  const rows = async () => (await account("list", "--csv")).stdout;
  expect(await rows()).toMatch(
    new RegExp(
      `^${AccountId},research,research@example\\.com,ACTIVE,ACTIVE,.*,CREATED,\\d{4}-\\d\\d-\\d\\d \\d\\d:.*`,
      "m",
    ),
  );
  expect(await account("create", "again", "--email", "research@example.com")).toMatchObject({
    code: 1,
    stderr: "Error: the account was not made: another account has this address; give another with --email\n",
  });
  expect(await account("rename", AccountId, "field work")).toMatchObject({ code: 0, stdout: "" });
  expect(await rows()).toContain(`${AccountId},field work,`);
  expect(await account("close", AccountId)).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
  expect(await account("close", AccountId, "--yes")).toMatchObject({ code: 0 });
  expect(await rows()).toContain(`${AccountId},field work,research@example.com,SUSPENDED,CLOSED`);
  expect(await account("close", AccountId, "--yes")).toMatchObject({
    code: 1,
    stderr:
      "Error: You attempted to close an account that is already closed (AccountAlreadyClosedException, HTTP 400)\n",
  });
});

test.each([
  [["create", "a"], "account create needs the address of the account: --email"],
  [["create", "--email", "a@b.cd"], "account create takes NAME"],
  [["list", "a"], "account list takes nothing more"],
  [["rename", "1"], "account rename takes ID and NAME"],
  [["rename", "a", "b"], "a is not the id of an account: it has 12 digits; account list shows them"],
  [["close", "a", "--yes"], "a is not the id of an account: it has 12 digits; account list shows them"],
  [["open"], "there is no account open: give one of create, list, rename, close"],
])("account %j: %s", async (args, message) => {
  expect(await account(...args)).toMatchObject({ code: 2, stdout: "", stderr: `Error: ${message}\n` });
});

test("aws organizations and boto3 do the whole walk", async () => {
  const organizations = async (...args: readonly string[]): Promise<unknown> => {
    const { stdout, stderr } = await aws(gateway, ["organizations", ...args], { keys: gateway.admin });
    expect(stderr).toBe("");
    return stdout === "" ? undefined : JSON.parse(stdout);
  };
  const { CreateAccountStatus } = (await organizations(
    "create-account",
    "--account-name",
    "from the CLI",
    "--email",
    "cli@example.com",
  )) as { CreateAccountStatus: { Id: string; AccountId: string } };
  const { Id, AccountId } = CreateAccountStatus;
  expect(await organizations("describe-create-account-status", "--create-account-request-id", Id)).toMatchObject({
    CreateAccountStatus: { State: "SUCCEEDED", AccountId },
  });
  const content = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}]}';
  const named = ["--name", "keep", "--description", "buckets stay", "--type", "SERVICE_CONTROL_POLICY"];
  const { Policy } = (await organizations("create-policy", "--content", content, ...named)) as {
    Policy: { PolicySummary: { Id: string } };
  };
  const policy = Policy.PolicySummary.Id;
  await organizations("attach-policy", "--policy-id", policy, "--target-id", AccountId);
  const program = `
import boto3
client = boto3.client("organizations", endpoint_url="${gateway.endpoint}", region_name="us-east-1")
accounts = [a for page in client.get_paginator("list_accounts").paginate() for a in page["Accounts"]]
print(any(a["Id"] == "${AccountId}" and a["Name"] == "from the CLI" for a in accounts))
policies = client.list_policies_for_target(TargetId="${AccountId}", Filter="SERVICE_CONTROL_POLICY")["Policies"]
print(sorted(p["Name"] for p in policies))
try:
    client.delete_policy(PolicyId="${policy}")
except client.exceptions.PolicyInUseException:
    print("in use")
client.detach_policy(PolicyId="${policy}", TargetId="${AccountId}")
client.delete_policy(PolicyId="${policy}")
client.close_account(AccountId="${AccountId}")
print(client.describe_account(AccountId="${AccountId}")["Account"]["Status"])
`;
  const { stdout } = await python(gateway, program, { keys: gateway.admin });
  expect(stdout).toBe("True\n['FullAWSAccess', 'keep']\nin use\nSUSPENDED\n");
});
