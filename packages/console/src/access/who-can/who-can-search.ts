import {
  arnOf,
  outsidersWhoCan,
  parsePolicy,
  type ResourceLayers,
  trustLayers,
  whetherCan,
  type WhoCan,
  type WhoCanQuestion,
} from "@s3-credentials/policy";
import type { AccountAccess } from "../account.ts";
import { whoOf } from "../who.ts";

/** Somebody who may; of a role, who may take it. */
export type Found =
  | { readonly kind: "who"; readonly row: WhoCan }
  | { readonly kind: "takers"; readonly roleArn: string; readonly takers: readonly string[] };

type Asked = WhoCanQuestion & { readonly account: string };

/** Everybody of the account, then everybody outside it, then who may take the roles that were found. Undefined: somebody who may not. */
export function* searchWhoCan(
  question: Asked,
  { details, principals }: AccountAccess,
  layers: ResourceLayers,
): Generator<Found | undefined> {
  const roles: string[] = [];
  for (const caller of principals) {
    const row = whetherCan(caller, question, layers);
    if (row !== undefined && caller.principal.kind === "role-session") roles.push(arnOf(caller.principal));
    yield row && { kind: "who", row };
  }
  for (const row of outsidersWhoCan(question, layers)) yield { kind: "who", row };
  for (const roleArn of roles) {
    const role = details.RoleDetailList.find(({ Arn }) => Arn === roleArn);
    const takers: string[] = [];
    for (const taker of takersOf(roleArn, role?.AssumeRolePolicyDocument ?? "", question, principals)) {
      if (taker !== undefined) takers.push(taker);
      yield undefined;
    }
    yield { kind: "takers", roleArn, takers };
  }
}

function* takersOf(
  roleArn: string,
  trust: string,
  { account, now }: Asked,
  principals: AccountAccess["principals"],
): Generator<string | undefined> {
  const question: Asked = { action: "sts:AssumeRole", resource: roleArn, account, now };
  const layers = trustLayers(roleArn, trust);
  for (const caller of principals) {
    const row = whetherCan(caller, question, layers);
    yield row && nameOf(row);
  }
  for (const row of outsidersWhoCan(question, layers)) yield nameOf(row);
  // Whom an identity provider names takes a role by operations of its own.
  const statements = parsePolicy(trust, "trust").policy?.statements ?? [];
  for (const { effect, principal } of statements)
    for (const entry of effect === "Allow" && principal?.negated === false ? principal.entries : [])
      if (entry.kind === "federated") yield `whoever signs in through ${entry.provider}`;
}

function nameOf(row: WhoCan): string {
  const { kind, name } = whoOf(row);
  return kind === "outside" ? name : `${kind} ${name}`;
}
