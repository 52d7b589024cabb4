import { element } from "@s3-credentials/protocol";
import type { PasswordPolicy } from "../../ports/password-store.ts";
import { type OperationContext, refuse, type Refusal } from "../operation.ts";
import { flag, integer, optional, withDefault } from "../query/fields.ts";
import { defineIam } from "./define-iam.ts";
import { accountOf } from "./identities.ts";

const noPolicy = (accountId: string): Refusal =>
  refuse("NoSuchEntity", `The Password Policy with domain name ${accountId} cannot be found.`);

/** "This gives users access to the iam:ChangePassword action for only their user and to the iam:GetAccountPasswordPolicy action." */
export async function isSelfService(context: OperationContext): Promise<boolean> {
  const { kind } = context.principal;
  if (kind !== "user" && kind !== "user-session") return false;
  return (await context.ports.identity.findPasswordPolicy(accountOf(context)))?.usersMayChange === true;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html: what is left out gets its default. */
export const updateAccountPasswordPolicy = defineIam({
  name: "UpdateAccountPasswordPolicy",
  resource: "none",
  fields: {
    MinimumPasswordLength: withDefault(integer(6, 128), 6),
    RequireSymbols: withDefault(flag, false),
    RequireNumbers: withDefault(flag, false),
    RequireUppercaseCharacters: withDefault(flag, false),
    RequireLowercaseCharacters: withDefault(flag, false),
    AllowUsersToChangePassword: withDefault(flag, false),
    MaxPasswordAge: optional(integer(1, 1095)),
    PasswordReusePrevention: optional(integer(1, 24)),
    HardExpiry: optional(flag),
  },
  target: async () => ({ resource: undefined }),
  async run(grant, values, context) {
    const policy: PasswordPolicy = {
      minimumLength: values.MinimumPasswordLength,
      requireSymbols: values.RequireSymbols,
      requireNumbers: values.RequireNumbers,
      requireUppercase: values.RequireUppercaseCharacters,
      requireLowercase: values.RequireLowercaseCharacters,
      usersMayChange: values.AllowUsersToChangePassword,
      maxAge: values.MaxPasswordAge,
      reusePrevention: values.PasswordReusePrevention,
      hardExpiry: values.HardExpiry,
    };
    await context.ports.identity.setPasswordPolicy(grant, accountOf(context), policy);
    return undefined;
  },
});

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html: a user who may change its own password by the
 * policy may read the policy.
 */
export const getAccountPasswordPolicy = defineIam({
  name: "GetAccountPasswordPolicy",
  resource: "none",
  fields: {},
  target: async (_values, context) => ({ resource: undefined, selfService: await isSelfService(context) }),
  async run(_grant, _values, context) {
    const accountId = accountOf(context);
    const policy = await context.ports.identity.findPasswordPolicy(accountId);
    if (policy === undefined) return noPolicy(accountId);
    const { maxAge, reusePrevention, hardExpiry } = policy;
    return [
      element("PasswordPolicy", [
        element("MinimumPasswordLength", policy.minimumLength),
        element("RequireSymbols", policy.requireSymbols),
        element("RequireNumbers", policy.requireNumbers),
        element("RequireUppercaseCharacters", policy.requireUppercase),
        element("RequireLowercaseCharacters", policy.requireLowercase),
        element("AllowUsersToChangePassword", policy.usersMayChange),
        element("ExpirePasswords", maxAge !== undefined),
        maxAge === undefined ? undefined : element("MaxPasswordAge", maxAge),
        reusePrevention === undefined ? undefined : element("PasswordReusePrevention", reusePrevention),
        hardExpiry === undefined ? undefined : element("HardExpiry", hardExpiry),
      ]),
    ];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountPasswordPolicy.html */
export const deleteAccountPasswordPolicy = defineIam({
  name: "DeleteAccountPasswordPolicy",
  resource: "none",
  fields: {},
  target: async () => ({ resource: undefined }),
  async run(grant, _values, context) {
    const accountId = accountOf(context);
    const deleted = await context.ports.identity.deletePasswordPolicy(grant, accountId);
    return deleted.kind === "done" ? undefined : noPolicy(accountId);
  },
});
