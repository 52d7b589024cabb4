import {
  ChangePasswordCommand,
  CreateLoginProfileCommand,
  CreateRoleCommand,
  DeleteAccountPasswordPolicyCommand,
  GetAccountPasswordPolicyCommand,
  GetLoginProfileCommand,
  IAMClient,
  PutUserPermissionsBoundaryCommand,
  PutRolePolicyCommand,
  UpdateAccountPasswordPolicyCommand,
  type UpdateAccountPasswordPolicyCommandInput,
  UpdateLoginProfileCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { SigningKeys } from "@s3-credentials/protocol";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

function client<T extends IAMClient | STSClient>(make: new (config: object) => T, keys: SigningKeys): T {
  const made = new make({
    endpoint: `http://127.0.0.1:${gateway.port}`,
    region: "us-east-1",
    credentials: keys,
    maxAttempts: 1,
  });
  onTestFinished(() => made.destroy());
  return made;
}
const iam = (keys: SigningKeys = gateway.admin) => client(IAMClient, keys);

const allow = (...Action: readonly string[]) => ({ Effect: "Allow", Action, Resource: "*" });
const document = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const refused = (name: string, message?: string) =>
  expect.objectContaining({
    name,
    ...(message === undefined ? {} : { message: expect.stringMatching(message) as string }),
  });
const violation = (message: string) => refused("PasswordPolicyViolationException", message);

let counter = 0;
const fresh = (word: string): string => `${word}-${(counter += 1)}`;

const setPolicy = (policy: UpdateAccountPasswordPolicyCommandInput) =>
  iam().send(new UpdateAccountPasswordPolicyCommand(policy));
const getPolicy = async (keys?: SigningKeys) =>
  (await iam(keys).send(new GetAccountPasswordPolicyCommand({}))).PasswordPolicy;
const change = (keys: SigningKeys, OldPassword: string, NewPassword: string) =>
  iam(keys).send(new ChangePasswordCommand({ OldPassword, NewPassword }));

afterEach(async () => {
  await iam()
    .send(new DeleteAccountPasswordPolicyCommand({}))
    .catch(() => undefined);
});

describe("the account's password policy", () => {
  test("is none at first; what an update leaves out has its default", async () => {
    await expect(getPolicy()).rejects.toEqual(refused("NoSuchEntityException", "cannot be found"));
    await expect(iam().send(new DeleteAccountPasswordPolicyCommand({}))).rejects.toEqual(
      refused("NoSuchEntityException"),
    );
    const all = {
      MinimumPasswordLength: 14,
      RequireSymbols: true,
      RequireNumbers: true,
      RequireUppercaseCharacters: true,
      RequireLowercaseCharacters: true,
      AllowUsersToChangePassword: true,
      MaxPasswordAge: 90,
      PasswordReusePrevention: 24,
      HardExpiry: true,
    };
    await setPolicy(all);
    expect(await getPolicy()).toEqual({ ...all, ExpirePasswords: true });
    await setPolicy({});
    expect(await getPolicy()).toEqual({
      MinimumPasswordLength: 6,
      RequireSymbols: false,
      RequireNumbers: false,
      RequireUppercaseCharacters: false,
      RequireLowercaseCharacters: false,
      AllowUsersToChangePassword: false,
      ExpirePasswords: false,
    });
  });

  test("has the documented ranges", async () => {
    for (const wrong of [
      { MinimumPasswordLength: 5 },
      { MinimumPasswordLength: 129 },
      { MaxPasswordAge: 0 },
      { MaxPasswordAge: 1096 },
      { PasswordReusePrevention: 0 },
      { PasswordReusePrevention: 25 },
    ])
      await expect(setPolicy(wrong)).rejects.toEqual(refused("ValidationError"));
  });

  test("is asked by its own actions", async () => {
    const others = iam(
      await gateway.user(fresh("other"), allow("iam:*"), {
        Effect: "Deny",
        Action: "iam:*AccountPasswordPolicy",
        Resource: "*",
      }),
    );
    for (const command of [
      new UpdateAccountPasswordPolicyCommand({}),
      new GetAccountPasswordPolicyCommand({}),
      new DeleteAccountPasswordPolicyCommand({}),
    ])
      await expect(others.send(command as GetAccountPasswordPolicyCommand)).rejects.toEqual(refused("AccessDenied"));
  });

  test("is enforced wherever an administrator sets a password, former ones included", async () => {
    const UserName = fresh("ann");
    await gateway.user(UserName);
    await setPolicy({ MinimumPasswordLength: 10, RequireSymbols: true, PasswordReusePrevention: 2 });
    const create = (Password: string) => iam().send(new CreateLoginProfileCommand({ UserName, Password }));
    const update = (Password: string) => iam().send(new UpdateLoginProfileCommand({ UserName, Password }));
    await expect(create("short-one")).rejects.toEqual(violation("minimum length of 10"));
    await expect(create("withoutsigns")).rejects.toEqual(violation("at least one symbol"));
    await create("long-enough-1");
    await expect(update("short-one")).rejects.toEqual(violation("minimum length"));
    await expect(update("long-enough-1")).rejects.toEqual(violation("reuse prevention"));
    await update("long-enough-2");
    await expect(update("long-enough-1")).rejects.toEqual(violation("reuse prevention"));
    await update("long-enough-3");
    await update("long-enough-1");
  });
});

const old = "Correct-Horse-1";
const next = "Battery-Staple-2";

describe("ChangePassword", () => {
  test("is for users that know their password, and by the policy", async () => {
    const UserName = fresh("ann");
    const keys = await gateway.user(UserName, allow("iam:ChangePassword"));
    await expect(change(keys, old, next)).rejects.toEqual(refused("NoSuchEntityException", "Login Profile for User"));
    await iam().send(new CreateLoginProfileCommand({ UserName, Password: old, PasswordResetRequired: true }));
    await expect(change(keys, "wrong", next)).rejects.toEqual(refused("AccessDenied", "old password was incorrect"));
    await expect(change(keys, old, "weak")).rejects.toEqual(violation("minimum length of 8"));
    await change(keys, old, next);
    const { LoginProfile } = await iam().send(new GetLoginProfileCommand({ UserName }));
    expect(LoginProfile?.PasswordResetRequired).toBe(false);
    await expect(change(keys, old, next)).rejects.toEqual(refused("AccessDenied", "old password was incorrect"));
    await setPolicy({ PasswordReusePrevention: 1 });
    await expect(change(keys, next, next)).rejects.toEqual(violation("reuse prevention"));
  });

  test("is not for the root, nor for sessions of roles", async () => {
    await expect(change(gateway.root, old, next)).rejects.toEqual(
      refused("InvalidUserTypeException", "Only IAM Users can change their own password"),
    );
    const RoleName = fresh("role");
    const AssumeRolePolicyDocument = document({
      Effect: "Allow",
      Principal: { AWS: gateway.accountId },
      Action: "sts:AssumeRole",
    });
    const { Role } = await iam().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    await iam().send(new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: document(allow("*")) }));
    const { Credentials } = await client(STSClient, gateway.admin).send(
      new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "session" }),
    );
    const session = {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    };
    await expect(change(session, old, next)).rejects.toEqual(refused("InvalidUserTypeException"));
  });

  test("needs no policy of the user when the password policy allows it, but stays inside everything that limits the user", async () => {
    const UserName = fresh("ann");
    const keys = await gateway.user(UserName);
    await iam().send(new CreateLoginProfileCommand({ UserName, Password: old }));
    await expect(change(keys, old, next)).rejects.toEqual(refused("AccessDenied", "iam:ChangePassword on resource"));
    await expect(getPolicy(keys)).rejects.toEqual(refused("AccessDenied", "iam:GetAccountPasswordPolicy"));
    await setPolicy({ MinimumPasswordLength: 8, AllowUsersToChangePassword: true });
    await change(keys, old, next);
    expect((await getPolicy(keys))?.MinimumPasswordLength).toBe(8);
    const denied = await gateway.user(fresh("denied"), { Effect: "Deny", Action: "iam:ChangePassword", Resource: "*" });
    await expect(change(denied, old, next)).rejects.toEqual(refused("AccessDenied", "explicit deny"));
    const PermissionsBoundary = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    await iam().send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
    await expect(change(keys, next, old)).rejects.toEqual(refused("AccessDenied", "boundary"));
  });

  test("is tried five times in a quarter of an hour; then no hash is made", async () => {
    const UserName = fresh("ann");
    const keys = await gateway.user(UserName, allow("iam:ChangePassword"));
    await iam().send(new CreateLoginProfileCommand({ UserName, Password: old }));
    const tries = await Promise.allSettled(Array.from({ length: 7 }, () => change(keys, "wrong", next)));
    const messages = tries.map((one) => (one.status === "rejected" ? (one.reason as Error).message : "changed"));
    expect(messages.filter((text) => text.includes("old password was incorrect"))).toHaveLength(5);
    expect(messages.filter((text) => text.includes("tried too often"))).toHaveLength(2);
    await expect(change(keys, old, next)).rejects.toEqual(refused("AccessDenied", "tried too often"));
  });
});
