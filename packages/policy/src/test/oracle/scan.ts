/** What one list of policies says of a request: the first Deny that applies, and the best Allow. */
import type { Statement } from "../../model/policy.ts";
import { stronger, type PrincipalMatch } from "../../match/principal-match.ts";
import type { NamedPolicy } from "../../engine/program.ts";
import type { AccessRequest, StatementPlace, StatementRef } from "../../model/request.ts";
import { grantOf } from "../../engine/resource-grant.ts";
import { failingElement } from "./statement.ts";

export interface Scan {
  readonly deny: StatementRef | undefined;
  readonly allow: StatementRef | undefined;
  /** How much `allow` is worth; `none` without one. Policies that are not on the resource grant `limited`. */
  readonly grant: PrincipalMatch;
  /** Name of a policy that cannot be read. */
  readonly unreadable: string | undefined;
}

export function scan(policies: readonly NamedPolicy[], request: AccessRequest, place: StatementPlace): Scan {
  let deny: StatementRef | undefined;
  let allow: StatementRef | undefined;
  let grant: PrincipalMatch = "none";
  let unreadable: string | undefined;
  const best: PrincipalMatch = place === "attached" ? "limited" : "direct";
  for (const named of policies) {
    const { name, policy } = named;
    if (policy === "unreadable") {
      unreadable ??= name;
      continue;
    }
    for (const [index, statement] of policy.statements.entries()) {
      if (grant === best && statement.effect === "Allow") continue;
      if (failingElement(statement, request, place) !== undefined) continue;
      if (statement.effect === "Deny") {
        deny ??= refer(named, index, statement);
      } else {
        const found = place === "attached" ? "limited" : grantOf(statement, request.principal);
        if (stronger(grant, found) === grant) continue;
        grant = found;
        allow = refer(named, index, statement);
      }
    }
  }
  return { deny, allow, grant, unreadable };
}

function refer({ name, origin }: NamedPolicy, index: number, statement: Statement): StatementRef {
  return { policyName: name, origin, index, sid: statement.sid };
}
