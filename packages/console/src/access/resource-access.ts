import { noResourceLayers, parseArn, type ResourceLayers, trustLayers } from "@s3-credentials/policy";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { accountAccessKey } from "./account-key.ts";
import type { AccountAccess } from "./account.ts";
import { readBucketAccess } from "./bucket-access.ts";

export interface ResourceAccess {
  readonly layers: ResourceLayers;
  /** What could not be read and so is not counted, as sentences. */
  readonly notCounted: readonly string[];
}

/** What the resource of a question allows by itself. `action` empty: nothing is asked yet. */
export function useResourceAccess(
  { action, resource }: { readonly action: string; readonly resource: string },
  accountId: string,
): UseQueryResult<ResourceAccess> {
  return useQuery({
    queryKey: [accountAccessKey, "resource", accountId, action, resource],
    queryFn: () => readResourceAccess(action, resource, accountId),
    structuralSharing: false,
    enabled: action !== "",
  });
}

/** Anything but a bucket and what is in it has none; the trust policy of a role is with who is in the account. */
async function readResourceAccess(action: string, resource: string, accountId: string): Promise<ResourceAccess> {
  const arn = parseArn(resource);
  const [bucket = "", ...rest] = arn?.service === "s3" && arn.account === "" ? arn.resource.split("/") : [];
  if (bucket === "" || /[*?]/.test(bucket)) return { layers: noResourceLayers, notCounted: [] };
  const { layersFor, notCounted } = await readBucketAccess(bucket, accountId, rest.join("/"));
  return { layers: layersFor(action, resource), notCounted };
}

/** The trust policy of the role that a question is about; undefined for any other question. */
export function trustOfQuestion(
  { details }: AccountAccess,
  { action, resource }: { readonly action: string; readonly resource: string },
): ResourceLayers | undefined {
  if (!action.toLowerCase().startsWith("sts:assumerole")) return undefined;
  const role = details.RoleDetailList.find(({ Arn }) => Arn === resource);
  return role === undefined ? undefined : trustLayers(resource, role.AssumeRolePolicyDocument ?? "");
}
