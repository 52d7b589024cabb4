/**
 * Services whose requests are JSON documents. `target` is what `X-Amz-Target` has before the name of the operation.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export const jsonServices = {
  organizations: { target: "AWSOrganizationsV20161128" },
} as const satisfies Readonly<Record<string, { readonly target: string }>>;

export type JsonService = keyof typeof jsonServices;

export function isJsonService(service: string): service is JsonService {
  return Object.hasOwn(jsonServices, service);
}

/** The service whose target it is; undefined when no service here has it. */
export function serviceOfTarget(target: string): JsonService | undefined {
  const [prefix] = target.split(".", 1);
  return Object.keys(jsonServices)
    .filter(isJsonService)
    .find((service) => jsonServices[service].target === prefix);
}
