import type { UserRecord } from "../../ports/identity-store.ts";
import { isRefusal, type OperationContext, type Refusal, refuse } from "../operation.ts";
import { flag, optional, withDefault } from "../query/fields.ts";
import { defineIam } from "./define-iam.ts";
import { identityTarget, ownTarget, requireUser, userNameOrOwn } from "./identities.ts";
import { userName } from "./iam-fields.ts";
import { checkPassword, password } from "./passwords.ts";
import { loginProfileElement } from "./shapes.ts";
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

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html */
export const createLoginProfile = defineIam({
  name: "CreateLoginProfile",
  resource: "user",
  fields: { UserName: optional(userName), Password: password, PasswordResetRequired: withDefault(flag, false) },
  target: async ({ UserName }, context) => ownTarget(context, UserName),
  async run(grant, { UserName, Password, PasswordResetRequired }, context) {
    const user = await userOrOwn(context, UserName);
    if (isRefusal(user)) return user;
    const fault = checkPassword(Password, user.name);
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
    const fault = Password === undefined ? undefined : checkPassword(Password, user.name);
    if (fault !== undefined) return fault;
    const changed = await context.ports.identity.changeLoginProfile(grant, user, {
      password: Password,
      resetRequired: PasswordResetRequired,
    });
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
