import { readFileSync } from "node:fs";
import type { Context } from "../command-line/context.ts";
import { hasOption, type OptionValues, textOption } from "../command-line/definition.ts";
import { fileFailure } from "../files/file-error.ts";
import { UsageError } from "../command-line/failures.ts";
import { type Ambient, findAmbient, findRegion, type KeySource, namedProfile } from "./ambient.ts";
import { type Keys, parseAuthFile } from "./auth-file.ts";
import { configuredEndpoints, type Endpoints } from "./configured-endpoints.ts";
import { adminKeys, findLocalGateway } from "./local-gateway.ts";
import { type Network, networkOf } from "./network.ts";
import { checkGivenKeys } from "./received-keys.ts";
import { type Provider, providerNamed, providers } from "./providers.ts";

/**
 * Where the calls go, and with which credentials. Without keys and source they are those of the container or instance that the command runs
 * in.
 */
export interface Connection {
  readonly keys?: Keys;
  /** Where the SDK gets the keys from, when they are not known yet. */
  readonly source?: KeySource;
  readonly profile?: string;
  readonly region?: string;
  readonly endpoints: Endpoints;
  /** Bucket in the path, not in the host name: for every endpoint that is not AWS's own. */
  readonly pathStyle: boolean;
  readonly provider: Provider;
  readonly network: Network;
}

/** A service at an endpoint of its own, without --provider. Only its answers show what it cannot do. */
const anyService: Provider = { ...providers.aws, title: "the service", lacks: {} };

/** Reads the service options; every secret in them is kept out of messages from here on. */
export async function connectionOf(context: Context, options: OptionValues): Promise<Connection> {
  const given = await givenKeys(context, options);
  const profile = textOption(options, "profile");
  if (given !== undefined && profile !== undefined) {
    throw new UsageError("--profile cannot be used with --auth, --access-key or --secret-key");
  }
  const named = textOption(options, "provider");
  if (hasOption(options, "local") && named !== undefined && named !== "local")
    throw new UsageError(`--local is the gateway on this machine, not --provider ${named}`);
  if (hasOption(options, "local") || named === "local") return localConnection(context, options, given);
  const provider = providerNamed(named ?? "aws");
  const ambient = ambientOf(context, given, profile);
  const region = (textOption(options, "region") || undefined) ?? ambient.region;
  const configured = configuredEndpoints(context.env, profile);
  const endpoint = endpointOption(options, "endpoint-url");
  const usual = endpoint === undefined ? provider.endpoints?.(region ?? "us-east-1") : undefined;
  const shared = endpoint ?? usual?.s3;
  const s3 = shared ?? configuredEndpoint(configured.s3);
  if (s3 === undefined && named !== undefined && named !== "aws")
    throw new UsageError(`--provider ${named} needs the address of the service: --endpoint-url`);
  const iam = endpointOption(options, "iam-endpoint-url") ?? usual?.iam ?? shared ?? configuredEndpoint(configured.iam);
  const sts = endpointOption(options, "sts-endpoint-url") ?? usual?.sts ?? shared ?? configuredEndpoint(configured.sts);
  return {
    ...ambient,
    ...(region === undefined ? {} : { region }),
    endpoints: {
      ...(s3 === undefined ? {} : { s3 }),
      ...(iam === undefined ? {} : { iam }),
      ...(sts === undefined ? {} : { sts }),
    },
    pathStyle: s3 !== undefined,
    provider: named === undefined && s3 !== undefined ? anyService : provider,
    network: { ...networkOf(context.env, profile), signal: context.signal },
  };
}

/** Keys that options give need no profile; only the region is still to be found. */
function ambientOf(context: Context, given: Keys | undefined, profile: string | undefined): Ambient {
  if (given === undefined) {
    const found = findAmbient(context.env, profile);
    for (const secret of [found.keys?.secretAccessKey, found.keys?.sessionToken]) context.hide(secret);
    if (found.keys !== undefined) checkGivenKeys(found.keys, "the environment or its profile");
    return found;
  }
  const region = findRegion(context.env);
  return { keys: given, ...(region === undefined ? {} : { region }) };
}

/**
 * `--local` is the gateway on this machine as its administrator. `--provider local` is the same gateway as any other service is: keys or a
 * profile that the caller names, in options or the environment, are used; the administrator's only when there are none.
 * `--endpoint-url` chooses among several gateways on this machine; their keys are sent to none that is not one of them.
 */
async function localConnection(context: Context, options: OptionValues, given: Keys | undefined): Promise<Connection> {
  const isAdmin = hasOption(options, "local");
  for (const name of ["iam-endpoint-url", "sts-endpoint-url", ...(isAdmin ? ["profile"] : [])]) {
    if (hasOption(options, name))
      throw new UsageError(`${isAdmin ? "--local" : "--provider local"} cannot be used with --${name}`);
  }
  const gateway = await findLocalGateway(context.env, endpointOption(options, "endpoint-url"));
  const named = given !== undefined || isAdmin ? undefined : namedAmbient(context, textOption(options, "profile"));
  const whose = named ?? { keys: given ?? checkGivenKeys(adminKeys(gateway), gateway.adminCredentialsFile) };
  context.hide(whose.keys?.secretAccessKey);
  return {
    ...whose,
    region: textOption(options, "region") ?? gateway.region,
    endpoints: { s3: gateway.endpoint, iam: gateway.endpoint, sts: gateway.endpoint },
    pathStyle: true,
    provider: providers.local,
    network: { ...networkOf(context.env), signal: context.signal },
  };
}

/** The keys or profile that an option or the environment names; a profile that nobody names is none. */
function namedAmbient(context: Context, profile: string | undefined): Ambient | undefined {
  const isNamed = profile !== undefined || namedProfile(context.env) !== undefined;
  return isNamed || context.env["AWS_ACCESS_KEY_ID"] ? ambientOf(context, undefined, profile) : undefined;
}

async function givenKeys(context: Context, options: OptionValues): Promise<Keys | undefined> {
  const accessKeyId = textOption(options, "access-key");
  const secretAccessKey = textOption(options, "secret-key");
  // A script's variable for it is empty when the credentials are permanent ones.
  const sessionToken = textOption(options, "session-token") || undefined;
  for (const secret of [secretAccessKey, sessionToken]) context.hide(secret);
  const empty = ["access-key", "secret-key"].find((name) => textOption(options, name) === "");
  if (empty !== undefined) throw new UsageError(`--${empty} is empty`);
  const auth = textOption(options, "auth");
  if (auth !== undefined) {
    if (accessKeyId !== undefined || secretAccessKey !== undefined || sessionToken !== undefined) {
      throw new UsageError("--auth cannot be used with --access-key, --secret-key or --session-token");
    }
    return readKeysFile(context, "--auth", auth);
  }
  if (accessKeyId === undefined && secretAccessKey === undefined && sessionToken === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new UsageError(
      "--access-key and --secret-key must be given together, with --session-token for temporary credentials",
    );
  }
  return checkGivenKeys(
    { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    "the options",
  );
}

/** Credentials of a file an option names, JSON or INI, `-` being standard input; kept out of messages from here on. */
export async function readKeysFile(context: Context, option: string, file: string): Promise<Keys> {
  const text = file === "-" ? (await context.readStdin(option)).toString("utf8") : readText(option, file);
  const keys = parseAuthFile(text, file === "-" ? "standard input" : file);
  for (const secret of [keys.secretAccessKey, keys.sessionToken]) context.hide(secret);
  return checkGivenKeys(keys, file === "-" ? "standard input" : file);
}

function readText(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read the ${option} file ${file}: ${fileFailure(error)}`);
  }
}

function endpointOption(options: OptionValues, name: string): string | undefined {
  const value = textOption(options, name);
  if (value !== undefined && !isEndpoint(value))
    throw new UsageError(`--${name} must be a URL such as https://s3.example.com`);
  return value;
}

/** The one that the environment or the profile gives, where no option gives another. */
function configuredEndpoint(value: string | undefined): string | undefined {
  if (value !== undefined && !isEndpoint(value))
    throw new UsageError(
      `the endpoint ${value}, of AWS_ENDPOINT_URL, of AWS_ENDPOINT_URL_S3 and the like or of the profile, must be a URL such as https://s3.example.com`,
    );
  return value;
}

function isEndpoint(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}
