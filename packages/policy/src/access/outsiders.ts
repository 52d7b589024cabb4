import type { Layers } from "../engine/program.ts";
import { parseArn } from "../match/arn.ts";
import type { Principal } from "../model/request.ts";
import { allowedAll, principalAlone, type PrincipalPolicies } from "./principal-policies.ts";

const anonymousCaller: PrincipalPolicies = {
  principal: { kind: "anonymous" },
  layers: { identity: [], boundary: "none" },
  tags: new Map(),
};

/** Somebody of another account, whose own policies allow everything. */
function stranger(accountId: string, canonicalId?: string): PrincipalPolicies {
  const principal: Principal = {
    kind: "user",
    accountId,
    ...(canonicalId === undefined ? {} : { canonicalId }),
    arn: `arn:aws:iam::${accountId}:user/anybody`,
    userId: "AIDAANYBODYANYBODYANY",
    userName: "anybody",
  };
  return { principal, layers: allowedAll(), tags: new Map() };
}

/** An account that no policy names. */
const anyAccountBut = (account: string): string => (account === "999988887777" ? "888877776666" : "999988887777");

/**
 * Everybody outside an account, by how a person would say it, from all to those whom the resource's policy or an ACL names: each of them
 * stands for its group. `ownerId`: the canonical user id of the account, where it is known.
 */
export function outsidersOf(
  { policy: { program } }: Exclude<Layers["resource"], "none">,
  { account, ownerId }: { readonly account: string; readonly ownerId: string | undefined },
): ReadonlyMap<string, PrincipalPolicies> {
  const found = new Map([
    ["everyone, including anonymous callers", anonymousCaller],
    ["anybody with an account whose policies allow it", stranger(anyAccountBut(account))],
  ]);
  const statements = program === "unreadable" ? [] : program.source.statements;
  const entries = statements.flatMap(({ effect, principal }) =>
    effect === "Allow" && principal?.negated === false ? principal.entries : [],
  );
  for (const entry of entries) {
    if (entry.kind === "account" && entry.accountId !== account)
      found.set(`anybody of the account ${entry.accountId} whose policies allow it`, stranger(entry.accountId));
    if (entry.kind === "canonical-user" && entry.id !== ownerId) {
      const name = `anybody of the account with the canonical user id ${entry.id} whose policies allow it`;
      found.set(name, stranger(anyAccountBut(account), entry.id));
    }
    const named = "arn" in entry && parseArn(entry.arn)?.account !== account ? principalAlone(entry.arn) : undefined;
    if ("arn" in entry && named !== undefined)
      found.set(`${entry.arn}, whose own policies have to allow it`, { ...named, layers: allowedAll() });
  }
  return found;
}
