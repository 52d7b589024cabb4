import type { Context } from "../command-line/context.ts";
import { hasOption, type Invocation, listOption, type OptionValues, textOption } from "../command-line/definition.ts";
import { checkBuckets, readPrefixOptions } from "../input/bucket-options.ts";
import { parseDuration } from "../input/duration.ts";
import { isList, isObject, type Json, type JsonObject } from "../formats/json.ts";
import {
  checkStatement,
  parseStatement,
  policiesForBuckets,
  policyOfValue,
  type PolicyText,
  policyWarnings,
  readPolicyOption,
} from "../input/policy-text.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import type { CreateRequest, NamedPolicy, PermanentRequest, RoleChoice, TemporaryRequest } from "./create-request.ts";
import {
  bucketStatements,
  compact,
  type Grant,
  joinDocuments,
  mergeStatements,
  type Permission,
  permissionOf,
  policyOf,
  statementsOf,
} from "./documents.ts";
import { parseExpiry, withExpiry } from "./expiry.ts";
import { proveBounds } from "./prove-bounds.ts";
import { grantName, maxPolicyNameLength, maxUserNameLength } from "./names.ts";
import { quota } from "./quota.ts";

interface ReadRequest {
  readonly request: CreateRequest;
  readonly warnings: readonly string[];
  /** That it allows nothing but what was named, for people; undefined when a warning says otherwise. */
  readonly proved: string | undefined;
}

/** What the policies of this request are made from. */
interface Making {
  readonly buckets: readonly string[];
  readonly grant: Grant;
  /** What names say: the permission, or `custom`. */
  readonly label: Permission | "custom";
  /** `--policy`, for each bucket. */
  readonly custom?: ReadonlyMap<string, PolicyText>;
  readonly expires?: Date;
  readonly statements: readonly JsonObject[];
}

/**
 * Checks the options of `create` and its kin, makes every name and document, and proves that the documents keep to the buckets; throws
 * before anything is done.
 */
export async function readCreateRequest(
  context: Context,
  { positionals, options }: Invocation,
  partition: string,
  keeper: PolicyKeeper = "user",
): Promise<ReadRequest> {
  if (hasOption(options, "read-only") && hasOption(options, "write-only")) {
    throw new UsageError("--read-only and --write-only cannot be used together");
  }
  checkBuckets(positionals);
  const warnings: string[] = [];
  const duration = textOption(options, "duration");
  const seconds = duration === undefined ? undefined : parseDuration(duration);
  refuseMisplaced(options, seconds === undefined);
  if (seconds !== undefined && hasOption(options, "username"))
    warnings.push("--username has no effect with --duration: temporary credentials belong to a role, not to a user");
  const making = await readMaking(context, positionals, options, partition, warnings);
  const website = hasOption(options, "website");
  const region = textOption(options, "bucket-region");
  const request: CreateRequest = {
    buckets: positionals,
    partition,
    bucketCreation: {
      wanted: hasOption(options, "create-bucket"),
      public: hasOption(options, "public") || website,
      website,
      ...(region === undefined ? {} : { region }),
    },
    credentials: seconds === undefined ? permanent(making, options, keeper) : temporary(making, seconds, options),
    purpose: purposeOf(making),
    check: hasOption(options, "verify") ? "verify" : hasOption(options, "wait") ? "wait" : "none",
    prefixes: making.grant.prefixes,
  };
  const own = { isCustom: making.label === "custom", strict: hasOption(options, "strict") };
  const { proved, warnings: doubts } = proveBounds(request, own);
  return { request, warnings: [...warnings, ...doubts], proved };
}

const onlyTemporary = ["role", "source-identity"];

/** An option that would have no effect is refused, because the user expects one. */
function refuseMisplaced(options: OptionValues, permanentKeys: boolean): void {
  if (permanentKeys) {
    const name = onlyTemporary.find((option) => hasOption(options, option));
    if (name !== undefined) throw new UsageError(`--${name} is for temporary credentials: add --duration`);
  } else if (hasOption(options, "expires")) {
    throw new UsageError("--expires is for permanent credentials: temporary ones end after --duration");
  } else if (hasOption(options, "replace-policy")) {
    throw new UsageError("--replace-policy is for permanent credentials: no user keeps the policy of temporary ones");
  }
  if (hasOption(options, "dry-run") && hasOption(options, "plan"))
    throw new UsageError("--dry-run and --plan cannot be used together: --dry-run asks no service, --plan does");
}

function purposeOf({ label, buckets, grant: { prefixes } }: Making): string {
  const places = buckets.flatMap((bucket) =>
    prefixes.length === 0 ? [bucket] : prefixes.map((prefix) => `${bucket}/${prefix}`),
  );
  return `${label} ${places.join(" ")}`;
}

/** `--tag KEY=VALUE`. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
function readTags(options: OptionValues): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const text of listOption(options, "tag")) {
    const [, key = "", value = ""] = /^([^=]+)=(.*)$/.exec(text) ?? [];
    const sound = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
    if (
      key === "" ||
      key.length > 128 ||
      value.length > 256 ||
      !sound.test(key) ||
      !sound.test(value) ||
      /^aws:/i.test(key)
    )
      throw new UsageError(`invalid --tag "${text}": it is KEY=VALUE of letters, digits, spaces and any of _.:/=+-@`);
    if (tags.has(key)) throw new UsageError(`--tag ${key} is given twice`);
    tags.set(key, value);
  }
  if (tags.size > 40) throw new UsageError("at most 40 tags can be given");
  return tags;
}

function roleChoice(text: string | undefined): RoleChoice {
  if (text === undefined) return { kind: "own" };
  if (text === "self") return { kind: "self" };
  if (/^arn:[a-z-]+:iam::[^:]*:role\/\S+$/.test(text)) return { kind: "arn", arn: text };
  throw new UsageError(
    `invalid --role "${text}": it is the ARN of a role, or self for the caller's own rights cut down`,
  );
}

function checkSourceIdentity(text: string): string {
  if (/^[\w+=,.@-]{2,64}$/.test(text)) return text;
  throw new UsageError(`invalid --source-identity "${text}": it has 2 to 64 letters, digits and any of _+=,.@-`);
}

async function readMaking(
  context: Context,
  buckets: readonly string[],
  options: OptionValues,
  partition: string,
  warnings: string[],
): Promise<Making> {
  const policy = textOption(options, "policy");
  const { prefixes, warnings: doubts } = readPrefixOptions(options);
  warnings.push(...doubts);
  const statements = listOption(options, "statement").map(parseStatement);
  for (const statement of statements) checkStatement(statement);
  if (policy !== undefined) {
    const unused = [statements.length > 0 ? "--statement" : "", prefixes.length === 0 ? "" : "--prefix"].filter(
      (name) => name !== "",
    );
    if (unused.length > 0)
      warnings.push(`${unused.join(" and ")} ${unused.length > 1 ? "have" : "has"} no effect with --policy`);
  }
  const custom =
    policy === undefined ? undefined : policiesForBuckets(await readPolicyOption(context, "--policy", policy), buckets);
  const [first] = custom?.values() ?? [];
  if (first !== undefined) warnings.push(...policyWarnings(first, "identity", "--policy"));
  const permission = permissionOf(options);
  const expires = textOption(options, "expires");
  return {
    buckets,
    ...(expires === undefined ? {} : { expires: parseExpiry(expires, new Date()) }),
    grant: { permission, partition, prefixes },
    label: policy !== undefined || statements.length > 0 ? "custom" : permission,
    ...(custom === undefined ? {} : { custom }),
    statements,
  };
}

/** Whose inline policies they become. */
type PolicyKeeper = "user" | "role";

function permanent(making: Making, options: OptionValues, keeper: PolicyKeeper): PermanentRequest {
  const userName = textOption(options, "username") ?? grantName(making.label, making.buckets, maxUserNameLength);
  if (userName.length > maxUserNameLength || !/^[\w+=,.@-]+$/.test(userName)) {
    throw new UsageError(
      `invalid --username "${userName}": it has 1 to ${maxUserNameLength} letters, digits and any of _+=,.@-`,
    );
  }
  const boundary = boundaryOf(making, textOption(options, "user-permissions-boundary"));
  const policiesUntil = (end: Date | undefined): readonly NamedPolicy[] => inlinePolicies(making, end, keeper);
  return {
    kind: "permanent",
    userName,
    tags: readTags(options),
    ...(making.expires === undefined ? {} : { expires: making.expires }),
    ...(boundary === undefined ? {} : { boundary }),
    boundaryIsDefault: !hasOption(options, "user-permissions-boundary"),
    policies: policiesUntil(making.expires),
    policiesUntil,
    replacePolicy: hasOption(options, "replace-policy"),
  };
}

function inlinePolicies(making: Making, end: Date | undefined, keeper: PolicyKeeper): readonly NamedPolicy[] {
  const limit = keeper === "user" ? quota.inlinePolicies : quota.roleInlinePolicies;
  const separate = making.buckets.map((bucket) => ({
    name: policyName(making, [bucket]),
    document: userDocument(making, bucket, end),
  }));
  const length = separate.reduce((sum, { document }) => sum + compact(document.value).length, 0);
  const policies =
    length <= limit
      ? separate
      : [
          {
            name: policyName(making, making.buckets),
            document: policyOfValue(mergeStatements(joinDocuments(separate.map(({ document }) => document.value)))),
          },
        ];
  refuseTooLong(
    policies.map(({ document }) => document.value),
    limit,
    `the inline policies of a ${keeper}`,
  );
  return policies;
}

function policyName(making: Making, buckets: readonly string[]): string {
  return grantName(making.label, buckets, maxPolicyNameLength);
}

function userDocument({ custom, grant, statements }: Making, bucket: string, end: Date | undefined): PolicyText {
  const given = custom?.get(bucket);
  if (given !== undefined && end === undefined) return given;
  const value = given?.value ?? policyOf([...bucketStatements(bucket, grant), ...statements]);
  return policyOfValue(end === undefined ? value : withExpiry(value, end));
}

/**
 * A boundary limits what the user may do; it gives no rights.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
function boundaryOf(making: Making, given: string | undefined): string | undefined {
  const chosen = given ?? (making.label === "custom" ? "none" : undefined);
  if (chosen === "none") return undefined;
  if (chosen === undefined) {
    const policy = making.grant.permission === "read-only" ? "AmazonS3ReadOnlyAccess" : "AmazonS3FullAccess";
    return `arn:${making.grant.partition}:iam::aws:policy/${policy}`;
  }
  if (!/^arn:[a-z-]+:iam::[^:]*:policy\/\S+$/.test(chosen)) {
    throw new UsageError(`invalid --user-permissions-boundary "${chosen}": it is the ARN of a managed policy, or none`);
  }
  return chosen;
}

function temporary(making: Making, seconds: number, options: OptionValues): TemporaryRequest {
  const policy = sessionPolicy(making);
  const sourceIdentity = textOption(options, "source-identity");
  return {
    kind: "temporary",
    role: roleChoice(textOption(options, "role")),
    tags: readTags(options),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity: checkSourceIdentity(sourceIdentity) }),
    sessionName: grantName(making.label, making.buckets, maxUserNameLength),
    seconds,
    policy,
    beyondS3: servicesBeyondS3(policy.value),
  };
}

/** One policy for all buckets. */
function sessionPolicy({ buckets, custom, grant, statements }: Making): PolicyText {
  const given = [...(custom?.values() ?? [])];
  const whole =
    custom === undefined
      ? policyOf([...buckets.flatMap((bucket) => bucketStatements(bucket, grant)), ...statements])
      : joinDocuments(given.map(({ value }) => value));
  const value = compact(whole).length <= quota.sessionPolicy ? whole : mergeStatements(whole);
  refuseTooLong([value], quota.sessionPolicy, "the policy of temporary credentials");
  return given.find((one) => one.value === value) ?? policyOfValue(value);
}

function refuseTooLong(documents: readonly JsonObject[], limit: number, what: string): void {
  const length = documents.reduce((sum, document) => sum + compact(document).length, 0);
  if (length > limit) {
    throw new CommandError(
      `${what} may have ${limit} characters and would have ${length}: use fewer buckets or a shorter policy`,
    );
  }
}

/** What the role with AmazonS3FullAccess (s3 and s3-object-lambda) cannot give. */
function servicesBeyondS3(policy: JsonObject): readonly string[] {
  const services = statementsOf(policy).flatMap((statement) => {
    if (!isObject(statement) || statement.get("Effect") !== "Allow") return [];
    const action: Json = statement.get("Action") ?? [];
    const actions = isList(action) ? action : [action];
    return actions
      .map((item) => (typeof item === "string" ? (item.split(":")[0] ?? "") : ""))
      .filter((service) => !/^(s3|s3-object-lambda|\*)$/i.test(service));
  });
  return [...new Set(services)];
}
