import { accountPrincipals } from "@s3-credentials/policy";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import type { Tag } from "../../api/iam/iam-tags.ts";
import { getVersion, type ManagedPolicy } from "../../api/iam/policies.ts";
import { Failure } from "../../shell/failure.tsx";
import { useAccountId } from "../../shell/session-context.tsx";
import { AccessFailure } from "../access-failure.tsx";
import { useAccountAccess } from "../account.ts";
import { CanView } from "./can-view.tsx";

/** What a user would be able to do, who is not made yet. */
export function CanOfNewUser(props: {
  readonly name: string;
  readonly groups: readonly string[];
  readonly policies: readonly ManagedPolicy[];
  readonly tags: readonly Tag[];
}): ReactNode {
  const { name, groups, policies, tags } = props;
  const accountId = useAccountId();
  const account = useAccountAccess();
  // The answer about the account has only those policies of AWS that somebody has.
  const documents = useQuery({
    queryKey: ["new-user", policies.map(({ arn, defaultVersion }) => `${arn} ${defaultVersion}`)],
    queryFn: () => Promise.all(policies.map(({ arn, defaultVersion }) => getVersion(arn, defaultVersion))),
  });
  const caller = useMemo(() => {
    const details = account.data?.details;
    if (details === undefined || documents.data === undefined) return undefined;
    const user = {
      UserName: name,
      UserId: "AIDANEWUSERNEWUSERNEW",
      Arn: `arn:aws:iam::${accountId}:user/${name}`,
      GroupList: groups,
      AttachedManagedPolicies: policies.map(({ arn }) => ({ PolicyArn: arn })),
      Tags: tags.map(({ key, value }) => ({ Key: key, Value: value })),
    };
    const chosen = policies.map(({ arn }, at) => ({
      Arn: arn,
      PolicyVersionList: [{ Document: documents.data[at] ?? "", IsDefaultVersion: true }],
    }));
    const [found] = accountPrincipals({
      ...details,
      UserDetailList: [user],
      RoleDetailList: [],
      Policies: [...details.Policies, ...chosen],
    });
    return found;
  }, [account.data, documents.data, accountId, name, groups, policies, tags]);
  if (account.error !== null) return <AccessFailure account={account} />;
  if (documents.error !== null) return <Failure error={documents.error} task="read the policies" />;
  if (caller === undefined) return <StatusIndicator type="loading">Reading the account</StatusIndicator>;
  return <CanView name={name} caller={caller} />;
}
