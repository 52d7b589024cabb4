import { UsageError } from "../command-line/failures.ts";
import type { Keys } from "./auth-file.ts";
import { readProfile, type SharedProfile } from "./shared-profiles.ts";

/**
 * Which credentials are used when no option gives keys. Without any entry they are those of the container or instance that the command runs
 * in.
 */
export interface Ambient {
  readonly keys?: Keys;
  /** Where the SDK gets the keys from. */
  readonly source?: KeySource;
  /** The profile that an option or the environment names. */
  readonly profile?: string;
  readonly region?: string;
}

export type KeySource =
  | { readonly kind: "role" | "sso" | "process"; readonly profile: string }
  | {
      readonly kind: "web-identity";
      readonly tokenFile: string;
      readonly roleArn: string;
      readonly sessionName?: string;
    };

type Lookup = (name: string) => string | undefined;

/**
 * Credentials and region in the order of botocore, which the Python tool uses and the SDK for JavaScript does not follow:
 * a script must not act for another account than before. A profile that an option names turns the environment's keys off;
 * a profile that the environment names comes after them.
 * https://docs.aws.amazon.com/boto3/latest/guide/credentials.html
 */
export function findAmbient(env: NodeJS.ProcessEnv, optionProfile?: string): Ambient {
  const named = optionProfile ?? namedProfile(env);
  const profile = readProfile(env, named);
  const region = ambientRegion(env, profile);
  return {
    ...(named === undefined ? {} : { profile: named }),
    ...(region === undefined ? {} : { region }),
    ...((optionProfile === undefined ? environmentKeys(env) : undefined) ??
      profileKeys(profile, optionProfile === undefined ? env : {})),
  };
}

/** `AWS_REGION` is ours: botocore does not read it. A profile that is missing has no region. */
export function findRegion(env: NodeJS.ProcessEnv): string | undefined {
  try {
    return ambientRegion(env, readProfile(env, namedProfile(env)));
  } catch {
    return ambientRegion(env);
  }
}

function ambientRegion(env: NodeJS.ProcessEnv, profile?: SharedProfile): string | undefined {
  return env["AWS_DEFAULT_REGION"] || env["AWS_REGION"] || profile?.merged.get("region") || undefined;
}

export function namedProfile(env: NodeJS.ProcessEnv): string | undefined {
  return env["AWS_DEFAULT_PROFILE"] || env["AWS_PROFILE"] || undefined;
}

function environmentKeys(env: NodeJS.ProcessEnv): Pick<Ambient, "keys"> | undefined {
  const upper: Lookup = (name) => env[name.toUpperCase()];
  return staticKeys(
    upper,
    (present, missing) => `${present.toUpperCase()} is set, but ${missing.toUpperCase()} is not`,
  );
}

function profileKeys(profile: SharedProfile, env: NodeJS.ProcessEnv): Pick<Ambient, "keys" | "source"> {
  const { name, merged, inCredentials, inConfig } = profile;
  const incomplete = (present: string, missing: string): string => `profile ${name} has ${present}, but no ${missing}`;
  if (merged.has("role_arn") && !merged.has("web_identity_token_file")) {
    if (!merged.has("source_profile") && !merged.has("credential_source"))
      throw new UsageError(incomplete("role_arn", "source_profile or credential_source"));
    return { source: { kind: "role", profile: name } };
  }
  const webIdentity = webIdentitySource(merged, env, incomplete);
  if (webIdentity !== undefined) return { source: webIdentity };
  if (merged.has("sso_account_id") || merged.has("sso_role_name")) return { source: { kind: "sso", profile: name } };
  const shared = staticKeys((key) => inCredentials.get(key), incomplete);
  if (shared !== undefined) return shared;
  if (merged.has("credential_process")) return { source: { kind: "process", profile: name } };
  return staticKeys((key) => inConfig.get(key), incomplete) ?? {};
}

function webIdentitySource(
  settings: ReadonlyMap<string, string>,
  env: NodeJS.ProcessEnv,
  incomplete: (present: string, missing: string) => string,
): KeySource | undefined {
  const either: Lookup = (name) => env[`AWS_${name.toUpperCase()}`] ?? settings.get(name);
  const tokenFile = either("web_identity_token_file");
  if (!tokenFile) return undefined;
  const roleArn = either("role_arn");
  if (!roleArn) throw new UsageError(incomplete("web_identity_token_file", "role_arn (or AWS_ROLE_ARN)"));
  const sessionName = either("role_session_name");
  return { kind: "web-identity", tokenFile, roleArn, ...(sessionName ? { sessionName } : {}) };
}

/** `aws_security_token` is the older name, and botocore looks for it first. */
function staticKeys(
  lookup: Lookup,
  incomplete: (present: string, missing: string) => string,
): { readonly keys: Keys } | undefined {
  const [id, secret] = ["aws_access_key_id", "aws_secret_access_key"] as const;
  const accessKeyId = lookup(id);
  if (!accessKeyId) return undefined;
  const secretAccessKey = lookup(secret);
  if (!secretAccessKey) throw new UsageError(incomplete(id, secret));
  const sessionToken = lookup("aws_security_token") || lookup("aws_session_token");
  return { keys: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } };
}
