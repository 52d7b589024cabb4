import { readAction, readPrincipal, readResource } from "./elements.ts";
import { readConditions } from "./condition-element.ts";
import type { JsonMember, JsonNode } from "./json.ts";
import type { Effect, PolicyKind, PolicyVersion, Statement } from "../model/policy.ts";
import { placeOf, pointerTo, type Report } from "./report.ts";
import { nearestName } from "../match/nearest-name.ts";

const elements = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
] as const;

type Members = ReadonlyMap<string, JsonMember>;

/** One statement; undefined when it has no usable form. What is wrong with it is in the report. */
export function readStatement(
  node: JsonNode,
  pointer: string,
  kind: PolicyKind,
  version: PolicyVersion,
  report: Report,
): Statement | undefined {
  if (node.kind !== "object") {
    report.error("wrong-type", placeOf(node, pointer), "a statement must be an object");
    return undefined;
  }
  const members: Members = new Map(node.members.map((member) => [member.key, member]));
  reportUnknown(node.members, pointer, elements, report);
  const place = placeOf(node, pointer);
  const at = (key: string): string => pointerTo(pointer, key);
  const effect = readEffect(members.get("Effect"), node, pointer, report);
  const sid = readSid(members.get("Sid"), at("Sid"), kind, report);
  const written = {
    action: oneOf(members, "Action", "NotAction", node, pointer, report),
    resource: oneOf(members, "Resource", "NotResource", node, pointer, report),
    principal: oneOf(members, "Principal", "NotPrincipal", node, pointer, report),
  };
  const action = written.action && readAction(written.action, at(written.action.key), kind, report);
  const resource = written.resource && readResource(written.resource, at(written.resource.key), version, report);
  const principal = written.principal && readPrincipal(written.principal, at(written.principal.key), report);
  if (written.action === undefined) report.error("missing-action", place, "a statement needs `Action` or `NotAction`");
  requireByKind(kind, written, pointer, node, report);
  if (kind === "resource-guardrail") requireOfResourceGuardrail({ ...written, effect }, pointer, node, report);
  const condition = members.get("Condition");
  const conditions = condition === undefined ? [] : readConditions(condition.value, at("Condition"), version, report);
  if (effect === undefined || action === undefined) return undefined;
  return {
    ...(sid === undefined ? {} : { sid }),
    effect,
    ...(principal === undefined ? {} : { principal }),
    action,
    ...(resource === undefined ? {} : { resource }),
    conditions,
    span: node.span,
  };
}

export function reportUnknown(
  members: readonly JsonMember[],
  pointer: string,
  known: readonly string[],
  report: Report,
): void {
  for (const { key, keySpan } of members) {
    if (known.includes(key)) continue;
    const near = nearestName(key, known);
    const help = near === undefined ? undefined : `did you mean \`${near}\`?`;
    report.error(
      "unknown-element",
      { pointer: pointerTo(pointer, key), span: keySpan },
      `\`${key}\` is not an element of the policy language`,
      help,
    );
  }
}

function oneOf(
  members: Members,
  name: string,
  negated: string,
  node: JsonNode,
  pointer: string,
  report: Report,
): JsonMember | undefined {
  const [plain, not] = [members.get(name), members.get(negated)];
  if (plain !== undefined && not !== undefined) {
    report.error(
      "conflicting-elements",
      placeOf(node, pointer),
      `a statement has \`${name}\` or \`${negated}\`, not both`,
    );
  }
  return plain ?? not;
}

interface Written {
  readonly resource: JsonMember | undefined;
  readonly principal: JsonMember | undefined;
}

/** Which of Principal and Resource a document of this kind must have and must not have. */
function requireByKind(
  kind: PolicyKind,
  { resource, principal }: Written,
  pointer: string,
  node: JsonNode,
  report: Report,
): void {
  const place = placeOf(node, pointer);
  if (kind === "resource" || kind === "trust" || kind === "resource-guardrail") {
    if (principal === undefined)
      report.error("missing-principal", place, "a statement of this policy needs `Principal`");
  } else if (principal !== undefined) {
    const where = { pointer: pointerTo(pointer, principal.key), span: principal.keySpan };
    report.error("prohibited-principal", where, `\`${principal.key}\` is allowed in the policies of resources only`);
  }
  if (kind === "trust") {
    if (resource !== undefined) {
      const where = { pointer: pointerTo(pointer, resource.key), span: resource.keySpan };
      report.error(
        "prohibited-resource",
        where,
        `\`${resource.key}\` is not allowed in a trust policy, which always applies to its own role`,
      );
    }
    if (principal?.key === "NotPrincipal") {
      report.error(
        "prohibited-principal",
        placeOf(principal.value, pointerTo(pointer, principal.key)),
        "a trust policy names whom it trusts with `Principal`",
      );
    }
  } else if (resource === undefined) {
    report.error("missing-resource", place, "a statement needs `Resource` or `NotResource`");
  }
}

/**
 * A resource control policy only denies, and says whom with conditions.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
 */
function requireOfResourceGuardrail(
  {
    effect,
    action,
    principal,
  }: { effect: Effect | undefined; action: JsonMember | undefined; principal: JsonMember | undefined },
  pointer: string,
  node: JsonNode,
  report: Report,
): void {
  const at = (member: JsonMember) => placeOf(member.value, pointerTo(pointer, member.key));
  if (effect === "Allow")
    report.error("prohibited-allow", placeOf(node, pointer), "a resource control policy may only hold `Deny`");
  if (action?.key === "NotAction")
    report.error("prohibited-not-action", at(action), "a resource control policy names its actions with `Action`");
  if (principal === undefined) return;
  const { value } = principal;
  if (principal.key === "NotPrincipal" || value.kind !== "string" || value.value !== "*")
    report.error(
      "prohibited-principal",
      at(principal),
      'the principal of a resource control policy is `"*"`',
      "name the principals with a condition, such as one on `aws:PrincipalArn`",
    );
}

function readEffect(
  member: JsonMember | undefined,
  node: JsonNode,
  pointer: string,
  report: Report,
): Effect | undefined {
  if (member === undefined) {
    report.error("missing-effect", placeOf(node, pointer), "a statement needs `Effect`");
    return undefined;
  }
  const { value } = member;
  if (value.kind === "string" && (value.value === "Allow" || value.value === "Deny")) return value.value;
  report.error(
    "invalid-effect",
    placeOf(value, pointerTo(pointer, "Effect")),
    "`Effect` must be `Allow` or `Deny`, in this case",
  );
  return undefined;
}

function readSid(
  member: JsonMember | undefined,
  pointer: string,
  kind: PolicyKind,
  report: Report,
): string | undefined {
  if (member === undefined) return undefined;
  const { value } = member;
  if (value.kind !== "string") {
    report.error("wrong-type", placeOf(value, pointer), "must be a string");
    return undefined;
  }
  // Services with policies of their own decide about Sid; S3 takes spaces and more.
  if (kind !== "resource" && !/^[A-Za-z0-9]*$/.test(value.value)) {
    report.error("invalid-sid", placeOf(value, pointer), "`Sid` may hold letters and digits only");
  }
  return value.value;
}
