/**
 * The text of an access-denied error, in the form AWS documents.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
import type { AccessRequest, Decision, LayerName, Principal } from "../model/request.ts";

export interface DenialMessage {
  /** ARN of the caller, `anonymous`, or the name of a service. */
  readonly principal: string;
  readonly action: string;
  /** Absent for actions without a resource. */
  readonly resource?: string;
  /** `because no session policy allows the s3:GetObject action`, `with an explicit deny in a resource-based policy`. */
  readonly reason: string;
  /** The sentence all of this makes. */
  readonly text: string;
}

/** Undefined when the decision is not a denial. Whoever calls this decides how much of it a client may read. */
export function describeDenial(decision: Decision, request: AccessRequest): DenialMessage | undefined {
  if (decision.allowed) return undefined;
  const principal = nameOf(request.principal);
  const { action } = request;
  const reason = reasonOf(decision, action);
  const user = `User: ${principal} is not authorized to perform: ${action}`;
  if (isWithoutResource(request.resource)) return { principal, action, reason, text: `${user} ${reason}` };
  const { resource } = request;
  // S3 writes the resource in quotes, as its keys may hold anything; other services do not.
  const shown = action.toLowerCase().startsWith("s3:") ? `"${resource}"` : resource;
  return { principal, action, resource, reason, text: `${user} on resource: ${shown} ${reason}` };
}

function nameOf(principal: Principal): string {
  if (principal.kind === "anonymous") return "anonymous";
  if (principal.kind === "web-identity") return `${principal.provider}:${principal.audience}:${principal.subject}`;
  return principal.kind === "service" ? principal.service : principal.arn;
}

function isWithoutResource(resource: string): boolean {
  return resource === "*" || resource === "arn:aws:s3:::*";
}

const POLICY_TYPES = {
  guardrail: { some: "a service control policy", none: "service control policy" },
  resource: { some: "a resource-based policy", none: "resource-based policy" },
  identity: { some: "an identity-based policy", none: "identity-based policy" },
  boundary: { some: "a permissions boundary", none: "permissions boundary" },
  session: { some: "a session policy", none: "session policy" },
  // The layers `root` and `none` never deny. They are here so that the table is total.
  root: { some: "a policy", none: "policy" },
  none: { some: "a policy", none: "policy" },
} as const satisfies Record<LayerName, { some: string; none: string }>;

/** The resource of the sts actions is a role, so its resource-based policy is a trust policy. */
const TRUST = { some: "the role trust policy", none: "role trust policy" };

function reasonOf({ reason, layer, statement }: Decision, action: string): string {
  // Guardrails are policies of an organization, of two kinds.
  if (layer === "guardrail" && statement?.origin?.kind === "resource-control")
    return "with an explicit deny in a resource control policy";
  const trust = layer === "resource" && action.toLowerCase().startsWith("sts:");
  const type = trust ? TRUST : POLICY_TYPES[layer];
  // "When an SCP denies access, the error message always includes [explicit deny], even if the denial is implicit."
  const explicit = reason === "explicit-deny" || layer === "guardrail";
  return explicit ? `with an explicit deny in ${type.some}` : `because no ${type.none} allows the ${action} action`;
}
