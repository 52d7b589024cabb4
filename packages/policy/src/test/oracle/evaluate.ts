/**
 * All layers against one request, in the order of
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
import type { NamedPolicy } from "../../engine/program.ts";
import type { LayersOf } from "../../model/layers.ts";
import type { AccessRequest, Decision, LayerName, Principal } from "../../model/request.ts";
import { isRootOnBucketPolicy } from "../../engine/root-on-bucket-policy.ts";
import { scan, type Scan } from "./scan.ts";

interface LayerScan extends Scan {
  readonly layer: LayerName;
}

/** No statement and no unreadable policy decided. */
const nobody = { statement: undefined, unreadable: undefined } as const;

/** The scans of every layer: what the rules below decide on. */
interface Scans {
  readonly guardrails: readonly LayerScan[];
  readonly resource: LayerScan;
  readonly identity: LayerScan;
  /** Absent without a permissions boundary. */
  readonly boundary: LayerScan | undefined;
  /** One for each session of the stack. */
  readonly sessions: readonly LayerScan[];
}

/** Layers of parsed documents. */
export type DocumentLayers = LayersOf<NamedPolicy>;

/** What the documentation says, in its own order and words, without any index. The engine must always agree with it. */
export function evaluate(layers: DocumentLayers, asked: AccessRequest): Decision {
  const free = ["sts:getcalleridentity", "sts:getsessiontoken"];
  if (free.includes(asked.action.toLowerCase()) && asked.principal.kind !== "anonymous")
    return { allowed: true, reason: "allow", layer: "none", ...nobody };
  const request: AccessRequest = layers.boundary === "none" ? asked : { ...asked, bounded: true };
  const scans = scanLayers(layers, request);
  const denied = explicitDeny(scans, isRootOnBucketPolicy(request));
  if (denied !== undefined) return denied;
  const guardrail = scans.guardrails.find(({ allow }) => allow === undefined);
  if (guardrail !== undefined) return implicitDeny("guardrail");
  const account = accountOf(request.principal);
  // Nobody's caller has only what the resource's own policy grants.
  if (account === undefined)
    return scans.resource.allow === undefined ? implicitDeny("resource") : allowedBy(scans.resource);
  const sameAccount = request.resourceAccount === undefined || request.resourceAccount === account;
  if (!sameAccount) return decideAcrossAccounts(scans, request.principal);
  return decideInAccount(scans, request.principal, layers.resource !== "none" && layers.resource.kind === "trust");
}

/**
 * One account: the resource's policy or the caller's own must allow, within boundary and session policies. A grant to
 * the caller itself is not limited by them; one to its role, or to everyone, is; one to the account only delegates.
 */
function decideInAccount(scans: Scans, principal: Principal, trust: boolean): Decision {
  const { resource, identity } = scans;
  // "IAM role trust policies are exceptions to this logic, because they must explicitly allow access".
  if (trust && resource.grant === "none") return implicitDeny("resource");
  if (resource.grant === "direct") return allowedBy(resource);
  if (resource.grant === "limited") return capped(scans, principal, allowedBy(resource));
  return capped(scans, principal, callersOwn(identity, principal));
}

/**
 * Two accounts: "the request is allowed only if both evaluations return a decision of Allow", the caller's account with
 * everything that limits the caller, and the resource's account with the policy on the resource.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 */
function decideAcrossAccounts(scans: Scans, principal: Principal): Decision {
  const own = capped(scans, principal, callersOwn(scans.identity, principal));
  if (!own.allowed) return own;
  return scans.resource.allow === undefined ? implicitDeny("resource") : allowedBy(scans.resource);
}

/** "All requests are implicitly denied with the exception of the AWS account root user, which has full access." */
function callersOwn(identity: LayerScan, principal: Principal): Decision {
  if (principal.kind === "root") return { allowed: true, reason: "allow", layer: "root", ...nobody };
  return identity.allow === undefined ? implicitDeny("identity") : allowedBy(identity);
}

/** An allow, when boundary and every session policy allow as well. */
function capped(scans: Scans, principal: Principal, verdict: Decision): Decision {
  if (!verdict.allowed) return verdict;
  if (scans.boundary !== undefined && scans.boundary.allow === undefined) return implicitDeny("boundary");
  // "If there is no session policy, the code checks whether the principal is a role session. If the principal is a role
  // session, then the request is Allowed. Otherwise, the request is implicitly denied": a federated user's.
  const unscoped = principal.kind === "federated-user" && scans.sessions.length === 0;
  if (unscoped || scans.sessions.some(({ allow }) => allow === undefined)) return implicitDeny("session");
  return verdict;
}

/** The first Deny, in the order guardrails, resource, identity, boundary, sessions; an unreadable policy is one. */
function explicitDeny(scans: Scans, exceptResource: boolean): Decision | undefined {
  const { guardrails, resource, identity, boundary, sessions } = scans;
  const inOrder = [
    ...guardrails,
    ...(exceptResource ? [] : [resource]),
    identity,
    ...(boundary === undefined ? [] : [boundary]),
    ...sessions,
  ];
  for (const { layer, deny, unreadable } of inOrder) {
    const denied = { allowed: false, reason: "explicit-deny", layer, ...nobody } as const;
    if (unreadable !== undefined) return { ...denied, unreadable };
    if (deny !== undefined) return { ...denied, statement: deny };
  }
  return undefined;
}

function scanLayers(layers: DocumentLayers, request: AccessRequest): Scans {
  const attached = (layer: LayerName, policies: readonly NamedPolicy[]): LayerScan => ({
    layer,
    ...scan(policies, request, "attached"),
  });
  const { resource, boundary } = layers;
  return {
    // Those of the resource's account limit callers without an account too.
    guardrails: layers.guardrails.map((level) => attached("guardrail", level)),
    resource: {
      layer: "resource",
      ...scan(resource === "none" ? [] : [resource.policy], request, resource === "none" ? "resource" : resource.kind),
    },
    identity: attached("identity", layers.identity),
    boundary: boundary === "none" ? undefined : attached("boundary", [boundary]),
    sessions: layers.sessions.map((policies) => attached("session", policies)),
  };
}

function accountOf(principal: Principal): string | undefined {
  return "accountId" in principal ? principal.accountId : undefined;
}

function implicitDeny(layer: LayerName): Decision {
  return { allowed: false, reason: "implicit-deny", layer, ...nobody };
}

function allowedBy({ layer, allow }: LayerScan): Decision {
  return allow === undefined
    ? implicitDeny(layer)
    : { allowed: true, reason: "allow", layer, ...nobody, statement: allow };
}
