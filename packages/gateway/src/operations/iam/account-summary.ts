import { element } from "@s3-credentials/protocol";
import { maxGroupsOfUser } from "../../domain/identity/group-rules.ts";
import { maxAttached, maxVersions } from "../../domain/identity/policy-rules.ts";
import { maxAccessKeys } from "../../domain/identity/principal-rules.ts";
import { defineIam } from "./define-iam.ts";
import { accountOf } from "./identities.ts";
import { policyQuotas } from "./policy-documents.ts";

/** Those that no account can have changed. */
const quotas = {
  GroupsPerUserQuota: maxGroupsOfUser,
  AccessKeysPerUserQuota: maxAccessKeys,
  AttachedPoliciesPerUserQuota: maxAttached,
  AttachedPoliciesPerRoleQuota: maxAttached,
  AttachedPoliciesPerGroupQuota: maxAttached,
  VersionsPerPolicyQuota: maxVersions,
  UserPolicySizeQuota: policyQuotas.userInline,
  RolePolicySizeQuota: policyQuotas.roleInline,
  GroupPolicySizeQuota: policyQuotas.groupInline,
  PolicySizeQuota: policyQuotas.managed,
  AssumeRolePolicySizeQuota: policyQuotas.trust,
} as const;

/** What nobody has here. The root signs in with its access keys, and no operation gives it a password. */
const never = {
  InstanceProfiles: 0,
  ServerCertificates: 0,
  AccountSigningCertificatesPresent: 0,
  AccountPasswordPresent: 0,
} as const;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html */
export const getAccountSummary = defineIam({
  name: "GetAccountSummary",
  resource: "none",
  fields: {},
  target: async () => ({ resource: undefined }),
  async run(grant, _values, context) {
    const { identity, oidcProviders } = context.ports;
    const accountId = accountOf(context);
    const counts = await identity.countEntities(grant, accountId, context.time.turn);
    const rootKeys = await identity.listAccessKeys(grant, accountId, undefined);
    const rootDevices = await identity.listMfaDevicesOf(grant, { accountId, ownerId: undefined });
    const providers = await oidcProviders.listOidcProviders(grant, accountId);
    const summary = {
      Users: counts.users,
      Groups: counts.groups,
      Roles: counts.roles,
      Policies: counts.policies,
      PolicyVersionsInUse: counts.policyVersions,
      AccountAccessKeysPresent: rootKeys.length > 0 ? 1 : 0,
      AccountMFAEnabled: rootDevices.length > 0 ? 1 : 0,
      MFADevices: counts.mfaDevices,
      MFADevicesInUse: counts.mfaDevicesInUse,
      Providers: providers.length,
      // Tokens of every session are valid in all Regions. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
      GlobalEndpointTokenVersion: 2,
      UsersQuota: identity.quotas.users,
      GroupsQuota: identity.quotas.groups,
      RolesQuota: identity.quotas.roles,
      PoliciesQuota: identity.quotas.policies,
      ...never,
      ...quotas,
    };
    const entries = Object.entries(summary).map(([key, value]) =>
      element("entry", [element("key", key), element("value", value)]),
    );
    return [element("SummaryMap", entries)];
  },
});
