import { compileNamed, namedProgram, parseArn, type NamedProgram } from "@s3-credentials/policy";
import { describeError } from "../output/errors.ts";
import { attachedUserPolicies, boundaryOf, groupPolicies } from "../service/principal-policies.ts";
import { beyondRequest } from "./beyond-request.ts";
import type { NamedPolicy } from "./create-request.ts";
import type { ExistingUser } from "../service/users.ts";
import type { Services } from "./services.ts";

interface Request {
  readonly user: string;
  /** What the request writes. */
  readonly policies: readonly NamedPolicy[];
  /** Texts of the inline policies by name. */
  readonly inline: ReadonlyMap<string, string>;
  readonly existing: ExistingUser;
}

/** What the new key may do beyond the request, because its user may. When that cannot be found out, a line says so. */
export async function beyondWarnings(
  { user, policies, inline, existing }: Request,
  { iam, provider }: Services,
): Promise<readonly string[]> {
  const written = new Set(policies.map(({ name }) => name));
  const kept = [...inline].filter(([name]) => !written.has(name));
  const others: NamedProgram[] = kept.map(([name, text]) => namedProgram(name, text, "identity"));
  const warnings: string[] = [];
  let boundary: NamedProgram | "none" = "none";
  if (provider.lacks["managed-policies"] === undefined) {
    try {
      others.push(...(await attachedUserPolicies(iam, user)), ...(await groupPolicies(iam, user)));
      boundary = await boundaryOf(iam, existing.boundary);
    } catch (error) {
      warnings.push(`what else user ${user} may do is not known in full: ${describeError(error)}`);
    }
  }
  const asked = policies.map(({ name, document }) => compileNamed({ name, policy: document.policy }));
  const principal = {
    kind: "user",
    accountId: parseArn(existing.arn)?.account ?? "",
    arn: existing.arn,
    userId: existing.userId,
    userName: user,
  } as const;
  const lines = beyondRequest({ principal, others, boundary }, asked);
  return [...lines.map((line) => `user ${user} may do more than was asked: ${line}`), ...warnings];
}
