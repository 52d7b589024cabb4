import type { IdentityKind } from "../../ports/identity-records.ts";
import type { Caller } from "../../ports/principal-directory.ts";
import { isRefusal, type OperationContext, type Refusal, refuse } from "../operation.ts";
import { text } from "../query/fields.ts";
import type { IamTarget } from "./define-iam.ts";
import { accountOf, identityTarget, requireIdentity } from "./identities.ts";
import { notFound } from "./store-refusals.ts";

/** The user, role or group whose policies an operation reads, given by its ARN. */
export const policySourceArn = text({ min: 20, max: 2048 });

interface Source {
  readonly kind: IdentityKind;
  readonly name: string;
}

/** Undefined when the ARN names no user, role or group of the caller's account. */
function sourceOf(context: OperationContext, arn: string): Source | undefined {
  const pattern = new RegExp(`^arn:aws:iam::${accountOf(context)}:(user|role|group)/(?:[^/]+/)*([^/]+)$`);
  const [, kind, name = ""] = pattern.exec(arn) ?? [];
  return kind === "user" || kind === "role" || kind === "group" ? { kind, name } : undefined;
}

/** Asked on the ARN as it was sent: one with a wrong path is of nobody. */
export async function sourceTarget(context: OperationContext, arn: string): Promise<IamTarget | Refusal> {
  const source = sourceOf(context, arn);
  const accountId = accountOf(context);
  if (source === undefined) {
    const [, kind] = /^arn:aws:iam::\d{12}:(user|role|group)\/[^/]/.exec(arn) ?? [];
    if (kind === "user" || kind === "role" || kind === "group") return { kind, resource: { arn, accountId } };
    return refuse(
      "InvalidInput",
      `Invalid Entity Arn: ${arn.slice(0, 128)} does not clearly define entity type and name.`,
    );
  }
  const target = await identityTarget(context, source.kind, source.name);
  if (target.identity.record?.arn === arn) return { ...target, kind: source.kind };
  return { kind: source.kind, resource: { arn, accountId }, identity: { ...source, record: undefined } };
}

/** The caller that the source would be, with its policies. */
export async function requireSource(
  context: OperationContext,
  arn: string,
): Promise<(Pick<Caller, "principal" | "layers" | "context"> & { readonly kind: IdentityKind }) | Refusal> {
  const source = sourceOf(context, arn);
  const record = source && (await requireIdentity(context, source.kind, source.name));
  const found =
    record === undefined || isRefusal(record) || record.arn !== arn
      ? undefined
      : await context.ports.principals.simulated(record);
  if (found === undefined || source === undefined) return notFound(`The entity ${arn}`);
  return { kind: source.kind, ...found };
}
