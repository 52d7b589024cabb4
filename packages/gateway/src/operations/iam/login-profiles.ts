import type { UserRecord } from "../../ports/identity-records.ts";
import type { NewPassword } from "../../ports/password-store.ts";
import { isRefusal, type OperationContext, type Refusal, refuse } from "../operation.ts";
import { flag, optional, withDefault } from "../query/fields.ts";
import { defineIam } from "./define-iam.ts";
import { identityTarget, ownTarget, requireUser, userNameOrOwn } from "./identities.ts";
import { userName } from "./iam-fields.ts";
import { checkPassword, password, reusedPassword } from "./passwords.ts";
import { loginProfileElement } from "./shapes.ts";
import { isSelfService } from "./password-policy.ts";
import { iamRefusal } from "./store-refusals.ts";

function profileOf({ name }: UserRecord): string {
  return `Login Profile for User ${name}`;
}

/** The user named, or the one who calls. The root's password is not IAM's. */
async function userOrOwn(context: OperationContext, given: string | undefined): Promise<UserRecord | Refusal> {
  const name = userNameOrOwn(context, given);
  if (isRefusal(name)) return name;
  if (name === undefined)
    return refuse("ValidationError", "Must specify userName when calling with non-User credentials");
  return requireUser(context, name);
}

/** A password that fits the account's policy. */
async function newPassword(
  { ports, now }: OperationContext,
  user: UserRecord,
  value: string,
): Promise<NewPassword | Refusal> {
  const policy = await ports.identity.findPasswordPolicy(user.accountId);
  const fault = checkPassword(policy, value, user.name);
  return fault ?? { password: value, now, remembered: policy?.reusePrevention ?? 0 };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html */
export const createLoginProfile = defineIam({
  name: "CreateLoginProfile",
  resource: "user",
  fields: { UserName: optional(userName), Password: password, PasswordResetRequired: withDefault(flag, false) },
  target: async ({ UserName }, context) => ownTarget(context, UserName),
  async run(grant, { UserName, Password, PasswordResetRequired }, context) {
    const user = await userOrOwn(context, UserName);
    if (isRefusal(user)) return user;
    const policy = await context.ports.identity.findPasswordPolicy(user.accountId);
    const fault = checkPassword(policy, Password, user.name);
    if (fault !== undefined) return fault;
    const profile = { createdAt: context.now, resetRequired: PasswordResetRequired };
    const created = await context.ports.identity.createLoginProfile(grant, user, {
      password: Password,
      ...profile,
    });
    return created.kind === "done" ? [loginProfileElement(user.name, profile)] : iamRefusal(created, profileOf(user));
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html */
export const getLoginProfile = defineIam({
  name: "GetLoginProfile",
  resource: "user",
  fields: { UserName: optional(userName) },
  target: async ({ UserName }, context) => ownTarget(context, UserName),
  async run(grant, { UserName }, context) {
    const user = await userOrOwn(context, UserName);
    if (isRefusal(user)) return user;
    const profile = await context.ports.identity.getLoginProfile(grant, user);
    return profile === undefined
      ? iamRefusal({ kind: "missing" }, profileOf(user))
      : [loginProfileElement(user.name, profile)];
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateLoginProfile.html: what is left out stays. */
export const updateLoginProfile = defineIam({
  name: "UpdateLoginProfile",
  resource: "user",
  fields: { UserName: userName, Password: optional(password), PasswordResetRequired: optional(flag) },
  target: async ({ UserName }, context) => identityTarget(context, "user", UserName),
  async run(grant, { UserName, Password, PasswordResetRequired }, context) {
    const user = await requireUser(context, UserName);
    if (isRefusal(user)) return user;
    const password = Password === undefined ? undefined : await newPassword(context, user, Password);
    if (isRefusal(password)) return password;
    const change = { password, resetRequired: PasswordResetRequired };
    const changed = await context.ports.identity.changeLoginProfile(grant, user, change);
    if (changed.kind === "reused") return reusedPassword;
    return changed.kind === "done" ? undefined : iamRefusal(changed, profileOf(user));
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteLoginProfile.html */
export const deleteLoginProfile = defineIam({
  name: "DeleteLoginProfile",
  resource: "user",
  fields: { UserName: optional(userName) },
  target: async ({ UserName }, context) => ownTarget(context, UserName),
  async run(grant, { UserName }, context) {
    const user = await userOrOwn(context, UserName);
    if (isRefusal(user)) return user;
    const deleted = await context.ports.identity.deleteLoginProfile(grant, user);
    return deleted.kind === "done" ? undefined : iamRefusal(deleted, profileOf(user));
  },
});

/** Whatever the outcome, because each costs hashes. */
const passwordChanges = { max: 5, window: 15 * 60 * 1000 } as const;

const notAUser = refuse("InvalidUserType", "Only IAM Users can change their own password.");

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_ChangePassword.html. An expired password can be changed too, whatever the policy
 * says about sign-ins with it: "users with iam:ChangePassword permission and active access keys can reset their own expired console
 * password using the CLI or API".
 */
export const changePassword = defineIam({
  name: "ChangePassword",
  resource: "user",
  fields: { OldPassword: password, NewPassword: password },
  target: async (_values, context) => {
    const { principal } = context;
    if (principal.kind !== "user" && principal.kind !== "user-session") return notAUser;
    return {
      ...(await identityTarget(context, "user", principal.userName)),
      selfService: await isSelfService(context),
    };
  },
  async run(grant, { OldPassword, NewPassword }, context) {
    const { principal, ports } = context;
    if (principal.kind !== "user" && principal.kind !== "user-session") return notAUser;
    const user = await requireUser(context, principal.userName);
    if (isRefusal(user)) return user;
    if ((await ports.identity.getLoginProfile(grant, user)) === undefined)
      return iamRefusal({ kind: "missing" }, profileOf(user));
    const password = await newPassword(context, user, NewPassword);
    if (isRefusal(password)) return password;
    // Before any hash is made.
    if (!(await ports.counters.count(`change-password ${user.id}`, passwordChanges)))
      return refuse("AccessDenied", "The password was tried too often: wait 15 minutes and try again.");
    const changed = await ports.identity.changeOwnPassword(grant, user, { ...password, old: OldPassword });
    if (changed.kind === "wrong-password") return refuse("AccessDenied", "The old password was incorrect.");
    if (changed.kind === "reused") return reusedPassword;
    return changed.kind === "done" ? undefined : iamRefusal(changed, profileOf(user));
  },
});
