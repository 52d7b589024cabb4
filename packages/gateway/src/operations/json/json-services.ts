import { modelledRoutes } from "./modelled-routes.ts";

const json11 = "application/x-amz-json-1.1";

/**
 * Services whose requests are JSON documents. `targets`: what `X-Amz-Target` may have before the name of the operation; botocore writes
 * CloudTrail's with its whole namespace (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html). The services without targets
 * name the operation by method and path: see `rest-routes.ts` (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html).
 */
export const jsonServices = {
  organizations: { targets: ["AWSOrganizationsV20161128"], contentType: json11 },
  cloudtrail: {
    targets: ["CloudTrail_20131101", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"],
    contentType: json11,
  },
  account: { targets: [], contentType: "application/json" },
  "access-analyzer": { targets: [], contentType: "application/json" },
  // Our own: what AWS has no operation for.
  "s3-credentials": { targets: ["S3Credentials"], contentType: json11 },
} as const satisfies Readonly<Record<string, { readonly targets: readonly string[]; readonly contentType: string }>>;

export type JsonService = keyof typeof jsonServices;
export type RestService = keyof typeof modelledRoutes;

export function isJsonService(service: string): service is JsonService {
  return Object.hasOwn(jsonServices, service);
}

/** Method and path of a request name its operation, and no header does. */
export function isRestService(service: string): service is RestService {
  return Object.hasOwn(modelledRoutes, service);
}

/** The name of the operation; undefined for another service's target. */
export function operationOfTarget(service: JsonService, target: string): string | undefined {
  const targets: readonly string[] = jsonServices[service].targets;
  const at = target.lastIndexOf(".");
  return targets.includes(target.slice(0, Math.max(0, at))) ? target.slice(at + 1) : undefined;
}

/** The service whose target it is; undefined when no service here has it. */
export function serviceOfTarget(target: string): JsonService | undefined {
  return Object.keys(jsonServices)
    .filter(isJsonService)
    .find((service) => operationOfTarget(service, target) !== undefined);
}
