import type { ConsoleSessionStore } from "./console-session-store.ts";
import type { CredentialReportStore, LastUsedStore } from "./last-used.ts";
import type { MfaDeviceStore } from "./mfa-device-store.ts";
import type { LoginProfileStore, PasswordPolicyStore } from "./password-store.ts";
import type {
  AccountStore,
  PrincipalStore,
  AccessKeyStore,
  GroupStore,
  InlinePolicyStore,
  ManagedPolicyStore,
} from "./identity-store.ts";

/** Users, groups, keys, roles and policies of all accounts. */
export interface IdentityStore
  extends
    AccountStore,
    PrincipalStore,
    AccessKeyStore,
    GroupStore,
    LoginProfileStore,
    PasswordPolicyStore,
    ConsoleSessionStore,
    MfaDeviceStore,
    LastUsedStore,
    CredentialReportStore,
    InlinePolicyStore,
    ManagedPolicyStore {}
