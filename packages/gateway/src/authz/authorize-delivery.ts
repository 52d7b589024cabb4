import type { Principal } from "@s3-credentials/policy";
import { putObject } from "../operations/s3/put-object.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { KmsKeys } from "../ports/kms-keys.ts";
import type { ResourceAccount } from "../ports/principal-directory.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import { type Authorized, authorizeS3 } from "./authorize-s3.ts";
import type { BucketPolicies } from "./bucket-policies.ts";

/** An object that a service writes into a bucket, because of what another bucket is configured to. */
export interface Delivery {
  /** `logging.s3.amazonaws.com`. */
  readonly service: string;
  /** The bucket that it is about. */
  readonly source: Pick<BucketRecord, "name" | "owner">;
  readonly target: BucketRecord;
  readonly key: string;
  /** What the service says of the object, in the headers of PutObject; lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface DeliveryFacts {
  /** Those of source and target. */
  readonly accounts: ReadonlyMap<string, ResourceAccount>;
  readonly kmsKeys: KmsKeys;
  readonly region: string;
  readonly now: number;
  readonly policies: BucketPolicies;
  readonly time: RequestTime;
  readonly signal: AbortSignal;
  readonly requestId: string;
}

/** One right alone, as the policies in the documentation give it: with the ACL that they name, PutObject would need a second one. */
const row = {
  demands: [{ action: "s3:PutObject", resource: "object" }],
  conditionKeys: putObject.conditionKeys,
} as const;

/**
 * A service has no policies of its own, so the target's policy decides alone, and a Deny or a resource control policy counts as for
 * everybody. https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general
 */
export function authorizeDelivery(
  { service, source, target, key, headers }: Delivery,
  { accounts, kmsKeys, region, now, policies, time, signal, requestId }: DeliveryFacts,
): Promise<Authorized> {
  const principal: Principal = { kind: "service", service };
  const context = new Map<string, string | readonly string[]>([
    ["aws:PrincipalServiceName", service],
    ["aws:PrincipalServiceNamesList", [service]],
  ]);
  return authorizeS3({
    operation: "PutObject",
    row,
    subject: { bucket: target.name, key },
    buckets: { bucket: target, source: undefined },
    facts: {
      request: {
        headers,
        query: new Map(),
        sourceIp: undefined,
        clientNetwork: undefined,
        secure: true,
        now,
        signal,
      },
      auth: undefined,
      caller: {
        principal,
        layers: { guardrails: [], identity: [], boundary: "none", sessions: [] },
        context,
        accessKeyId: undefined,
        session: undefined,
      },
      accounts,
      kmsKeys,
      region,
      source,
    },
    policies,
    time,
    requestId,
  });
}
