import type { IAMClient } from "@aws-sdk/client-iam";
import type { AccountDetails } from "@s3-credentials/policy";
import { decodeDocument } from "./document.ts";
import { nextMarker } from "./users.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };

/** All pages of GetAccountAuthorizationDetails, with documents as texts. */
export async function accountDetails(iam: IAMClient): Promise<AccountDetails> {
  const { GetAccountAuthorizationDetailsCommand } = await import("@aws-sdk/client-iam");
  const all: Mutable<AccountDetails> = { UserDetailList: [], GroupDetailList: [], RoleDetailList: [], Policies: [] };
  let marker: string | undefined;
  do {
    const page = await iam.send(
      new GetAccountAuthorizationDetailsCommand({
        MaxItems: 1000,
        ...(marker === undefined ? {} : { Marker: marker }),
      }),
    );
    for (const user of page.UserDetailList ?? [])
      all.UserDetailList.push({ ...user, UserPolicyList: decoded(user.UserPolicyList) });
    for (const group of page.GroupDetailList ?? [])
      all.GroupDetailList.push({ ...group, GroupPolicyList: decoded(group.GroupPolicyList) });
    for (const role of page.RoleDetailList ?? [])
      all.RoleDetailList.push({ ...role, RolePolicyList: decoded(role.RolePolicyList) });
    for (const policy of page.Policies ?? [])
      all.Policies.push({
        ...policy,
        PolicyVersionList: policy.PolicyVersionList?.map((version) => ({
          ...version,
          Document: decodeDocument(version.Document ?? ""),
        })),
      });
    marker = nextMarker(page);
  } while (marker !== undefined);
  return all;
}

interface Inline {
  readonly PolicyName?: string | undefined;
  readonly PolicyDocument?: string | undefined;
}

function decoded(policies: readonly Inline[] = []): Inline[] {
  return policies.map(({ PolicyName, PolicyDocument = "" }) => ({
    PolicyName,
    PolicyDocument: decodeDocument(PolicyDocument),
  }));
}
