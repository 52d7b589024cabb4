/** The policies that decide the question of `explain`: from files, or fetched. */
import {
  type AccessQuestion,
  compilePolicy,
  type Layers,
  type NamedProgram,
  parseArn,
  parsePolicy,
  type PolicyKind,
  principalAlone,
  type PrincipalPolicies,
  type ResourceLayers,
} from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import { hasOption, listOption, type OptionValues, textOption } from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { readPolicyFile, requireJson } from "../input/policy-text.ts";
import { bucketAccess } from "../service/bucket-access.ts";
import { bucketOwner } from "../service/caller.ts";
import { iamClient, s3Client } from "../service/clients.ts";
import { type Connection, connectionOf } from "../service/connection.ts";
import { trustPolicyOf } from "../service/principal-policies.ts";
import { need } from "../service/providers.ts";
import { fetchPolicies, type NamedPrincipal, principalOfArn, principalOfOption } from "./principal.ts";
import { givesPolicies } from "./read-question.ts";

export async function askedConnection(context: Context, options: OptionValues): Promise<Connection> {
  const connection = await connectionOf(context, options);
  need(connection.provider, "ownership", "be asked who may do what");
  return connection;
}

export interface Gathered {
  readonly caller: PrincipalPolicies;
  readonly layers: Layers;
}

/** With `--policy`, a caller given by ARN is taken as that ARN says, and nothing is fetched. */
export async function gatherPolicies(
  context: Context,
  options: OptionValues,
  question: AccessQuestion,
): Promise<Gathered> {
  const named = principalOf(options, question);
  const offline = hasOption(options, "policy") ? offlineCaller(options) : undefined;
  const silent = offline !== undefined || (givesPolicies(options) && named === undefined);
  const connection = silent ? undefined : await askedConnection(context, options);
  const caller = offline ?? (await policiesOf(connection, named, question));
  const sessions = [];
  for (const file of listOption(options, "session"))
    sessions.push(await policyOfFile(context, "--session", file, "session"));
  const identity = [...caller.layers.identity];
  for (const file of listOption(options, "policy"))
    identity.push(await policyOfFile(context, "--policy", file, "identity"));
  const boundary = textOption(options, "boundary");
  const access = await resourceAccess(context, options, connection, question);
  const isOutside = isOutsider(caller, question);
  return {
    caller: isOutside && connection !== undefined ? await withCanonicalId(connection, caller, access) : caller,
    layers: {
      guardrails: [],
      identity,
      boundary:
        boundary === undefined
          ? caller.layers.boundary
          : await policyOfFile(context, "--boundary", boundary, "boundary"),
      sessions: sessions.length === 0 ? [] : [sessions],
      resource: isOutside ? access.outside : access.layer,
    },
  };
}

/** The caller is of another account than the resource, or of none. */
function isOutsider({ principal }: PrincipalPolicies, { resourceAccount }: AccessQuestion): boolean {
  if (principal.kind === "anonymous") return true;
  return "accountId" in principal && resourceAccount !== undefined && resourceAccount !== principal.accountId;
}

/** ACLs name another account by its canonical user id, which `s3:ListAllMyBuckets` gives. */
async function withCanonicalId(
  connection: Connection,
  caller: PrincipalPolicies,
  { ownerId }: ResourceLayers,
): Promise<PrincipalPolicies> {
  if (ownerId === undefined || !("accountId" in caller.principal)) return caller;
  const { userId } = await bucketOwner(await s3Client(connection), "aws");
  return { ...caller, principal: { ...caller.principal, canonicalId: userId } };
}

/** Somebody of whom an ARN is all that is known. */
function offlineCaller(options: OptionValues): PrincipalPolicies | undefined {
  const arn = textOption(options, "user") ?? textOption(options, "role");
  return arn?.startsWith("arn:") === true ? principalAlone(arn, "explain") : undefined;
}

function principalOf(options: OptionValues, { principal }: AccessQuestion): NamedPrincipal | undefined {
  const user = textOption(options, "user");
  const role = textOption(options, "role");
  if (user !== undefined && role !== undefined) throw new UsageError("--user and --role cannot be used together");
  if (user !== undefined) return principalOfOption("user", user);
  if (role !== undefined) return principalOfOption("role", role);
  return principal === undefined ? undefined : principalOfArn(principal);
}

/** Of files alone: some user, of the account that the resource names unless `--resource-account` says that it is another's. */
function anyUser({ resource, resourceAccount }: AccessQuestion): PrincipalPolicies {
  const named = resourceAccount === undefined ? (parseArn(resource)?.account ?? "") : "";
  const accountId = /^\d{12}$/.test(named) ? named : "000000000000";
  return {
    principal: {
      kind: "user",
      accountId,
      arn: `arn:aws:iam::${accountId}:user/user`,
      userId: "AIDA",
      userName: "user",
    },
    layers: { identity: [], boundary: "none" },
    tags: new Map(),
  };
}

async function policiesOf(
  connection: Connection | undefined,
  named: NamedPrincipal | undefined,
  question: AccessQuestion,
): Promise<PrincipalPolicies> {
  if (connection === undefined) return anyUser(question);
  if (named === undefined)
    throw new UsageError("say who asks: --user NAME or --role NAME, or give policies as files: --policy FILE");
  return fetchPolicies(connection, await iamClient(connection), named);
}

/** A service's policy that does not parse denies. For a file that was meant to be a policy, the error says what is wrong. */
async function policyOfFile(context: Context, option: string, file: string, kind: PolicyKind): Promise<NamedProgram> {
  const { text, name } = await readPolicyFile(context, option, file);
  requireJson(text, name);
  const { policy, diagnostics } = parsePolicy(text, kind);
  if (policy !== undefined) return { name: file, program: compilePolicy(policy) };
  const why = diagnostics[0]?.message ?? "it has no statements";
  throw new UsageError(
    `the ${option} file ${file} is not a ${kind} policy: ${why}; see s3-credentials validate-policy --kind ${kind} ${file}`,
  );
}

function resourceKind({ action }: AccessQuestion): "trust" | "resource" {
  return action.toLowerCase().startsWith("sts:assumerole") ? "trust" : "resource";
}

/** The policy of the resource, and what ACLs grant on it. A policy that is a file has no ACL beside it. */
export async function resourceAccess(
  context: Context,
  options: OptionValues,
  connection: Connection | undefined,
  question: AccessQuestion,
): Promise<ResourceLayers> {
  const file = textOption(options, "resource-policy");
  const of = (layer: Layers["resource"]): ResourceLayers => ({ layer, outside: layer, ownerId: undefined });
  if (file !== undefined)
    return of({
      kind: "resource",
      policy: await policyOfFile(context, "--resource-policy", file, resourceKind(question)),
    });
  if (connection === undefined) return of("none");
  if (resourceKind(question) === "trust") return trustPolicyOf(await iamClient(connection), question.resource);
  const { action, resource, resourceAccount: account } = question;
  const versionId = [question.context?.get("s3:versionid") ?? []].flat()[0];
  return bucketAccess(connection, { action, resource, account, versionId }, (line) => context.say(line));
}
