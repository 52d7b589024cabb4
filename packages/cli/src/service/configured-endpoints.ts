import { namedProfile } from "./ambient.ts";
import { readProfile, type SharedProfile } from "./shared-profiles.ts";

export type ServiceName = "s3" | "iam" | "sts";

export type Endpoints = Readonly<Partial<Record<ServiceName, string>>>;

/**
 * Where the environment, or else the profile, says the services are; the endpoint of one service goes before the common one.
 * The SDK takes the endpoint of `AWS_PROFILE` whatever profile it is given, and would send one profile's requests to
 * another's service. https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function configuredEndpoints(env: NodeJS.ProcessEnv, optionProfile?: string): Endpoints {
  const profile = profileOrNothing(env, optionProfile);
  const ignore =
    env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] || profile?.merged.get("ignore_configured_endpoint_urls") || "false";
  if (ignore.toLowerCase() === "true") return {};
  const found: Partial<Record<ServiceName, string>> = {};
  for (const service of ["s3", "iam", "sts"] as const) {
    const endpoint =
      env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ||
      env["AWS_ENDPOINT_URL"] ||
      profile?.services.get(service) ||
      profile?.merged.get("endpoint_url");
    if (endpoint) found[service] = endpoint;
  }
  return found;
}

/** A profile that does not exist is no error when keys are given. */
export function profileOrNothing(env: NodeJS.ProcessEnv, optionProfile: string | undefined): SharedProfile | undefined {
  try {
    return readProfile(env, optionProfile ?? namedProfile(env));
  } catch {
    return undefined;
  }
}
