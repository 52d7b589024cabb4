import type { Principal } from "@s3-credentials/policy";
import type { SealedTexts } from "../ports/sealed-texts.ts";
import type { Refusal } from "../operations/operation.ts";
import { accountOf, type DemandResult } from "./authorize.ts";

/**
 * Keys that say what is stored on the resource. They are left out: the length of the message would disclose to a caller without a right
 * whether the resource exists.
 */
const storedKeys = /^(?:aws|iam):ResourceTag\/|^iam:PermissionsBoundary$/i;

/**
 * Bytes of the explanation: an encoded message has at most 10,240 characters, four for each three bytes. It is not compressed. It has texts
 * that the caller chooses beside names of policies, and the length of a compressed message would disclose where they are alike.
 */
const maxBytes = 7500;

/**
 * The refusal with the explanation of the denial at the end of its message, as EC2 has it. Only for callers of the resource's own account:
 * another account's policies are not theirs to see.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
 */
export async function withEncodedMessage(
  refusal: Refusal,
  denied: DemandResult,
  { keys, resourceAsSent }: { readonly keys: Iterable<string>; readonly resourceAsSent: string | undefined },
  messages: SealedTexts,
): Promise<Refusal> {
  const { principal, resourceAccount } = denied.request;
  const account = accountOf(principal);
  if (account === undefined || resourceAccount !== account) return refusal;
  // As the caller wrote it, for the same reason: only a resource that exists has a path.
  const resource = resourceAsSent ?? denied.request.resource;
  const explained = explanation({ ...denied, request: { ...denied.request, resource } }, keys);
  const encoded = await messages.encode(account, explained);
  return { ...refusal, message: `${refusal.message ?? ""} Encoded authorization failure message: ${encoded}` };
}

interface Value {
  readonly value: string;
}

interface Condition {
  readonly key: string;
  readonly values: { readonly items: readonly Value[] };
}

function explanation(result: DemandResult, keys: Iterable<string>): string {
  const found: Condition[] = [];
  for (const key of new Set([...keys].filter((one) => !storedKeys.test(one)))) {
    const value = result.request.context(key);
    if (value === undefined) continue;
    const values = typeof value === "string" ? [value] : value;
    found.push({ key, values: { items: values.map((one) => ({ value: one })) } });
  }
  const conditions = found.toSorted((left, right) => left.key.localeCompare(right.key));
  const empty = Buffer.byteLength(JSON.stringify(decoded(result, [], found.length)));
  const kept: Condition[] = [];
  let size = empty;
  for (const condition of conditions) {
    size += Buffer.byteLength(JSON.stringify(condition)) + 1;
    if (size > maxBytes) break;
    kept.push(condition);
  }
  return JSON.stringify(decoded(result, kept, found.length - kept.length));
}

/** The form that EC2's messages decode to. `omitted`: how many conditions had no room. */
function decoded({ decision, request }: DemandResult, conditions: readonly Condition[], omitted: number) {
  const { statement, unreadable } = decision;
  const explicitDeny = decision.reason === "explicit-deny";
  const matched =
    explicitDeny && statement !== undefined
      ? [{ statementId: statement.sid ?? "", effect: "DENY", policy: statement.policyName, index: statement.index }]
      : [];
  return {
    allowed: false,
    explicitDeny,
    matchedStatements: { items: matched },
    failures: { items: unreadable === undefined ? [] : [{ policy: unreadable, reason: "unreadable" }] },
    layer: decision.layer,
    context: {
      principal: { id: principalId(request.principal), arn: "arn" in request.principal ? request.principal.arn : "" },
      action: request.action,
      resource: request.resource,
      conditions: { items: conditions, ...(omitted === 0 ? {} : { omitted }) },
    },
  };
}

function principalId(principal: Principal): string {
  if (principal.kind === "role-session") return `${principal.roleId}:${principal.sessionName}`;
  if ("userId" in principal) return principal.userId;
  return "accountId" in principal ? principal.accountId : "";
}
