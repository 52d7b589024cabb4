import { compileNamed } from "../engine/compile-policy.ts";
import type { Layers, NamedProgram } from "../engine/program.ts";
import { parseArn } from "../match/arn.ts";
import { type PolicyOrigin, policyNameOf } from "../model/policy-origin.ts";
import type { PolicyKind } from "../model/policy.ts";
import type { Principal } from "../model/request.ts";
import { parsePolicy } from "../parse/parse.ts";

/** A user or role as policies see it, with everything attached to it. */
export interface PrincipalPolicies {
  readonly principal: Principal;
  readonly layers: Pick<Layers, "identity" | "boundary">;
  /** Tags, as `aws:PrincipalTag/…`. */
  readonly tags: ReadonlyMap<string, string>;
}

/** A document that does not parse denies, here as at the service. `of`: where it is kept, or else a name for it. */
export function namedProgram(of: PolicyOrigin | string, document: string, kind: PolicyKind): NamedProgram {
  const named = typeof of === "string" ? { name: of } : { name: policyNameOf(of), origin: of };
  return compileNamed({ ...named, policy: parsePolicy(document, kind).policy ?? "unreadable" });
}

/** Policies that allow everything: those of another account cannot be read, and are taken for such. */
export function allowedAll(name = "own policies"): PrincipalPolicies["layers"] {
  const document = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } };
  return { identity: [namedProgram(name, JSON.stringify(document), "identity")], boundary: "none" };
}

/** Somebody of whom only the ARN is known, a user's, a role's or a role session's: no policies, no tags. Undefined for any other ARN. */
export function principalAlone(arn: string, sessionName = "session"): PrincipalPolicies | undefined {
  const { partition = "aws", account = "", resource = "" } = parseArn(arn) ?? {};
  const [kind, ...path] = resource.split("/");
  const nothing = { layers: { identity: [], boundary: "none" }, tags: new Map<string, string>() } as const;
  const last = path.at(-1) ?? "";
  if (kind === "user" && last !== "")
    return { principal: { kind: "user", accountId: account, arn, userId: "AIDA", userName: last }, ...nothing };
  const [roleName = "", session = sessionName] = kind === "assumed-role" ? path : [kind === "role" ? last : ""];
  if (roleName === "") return undefined;
  const roleArn = kind === "role" ? arn : `arn:${partition}:iam::${account}:role/${roleName}`;
  return { principal: roleSession({ roleArn, roleName, roleId: "AROA" }, session), ...nothing };
}

/** Who acts when a role has been assumed. */
export function roleSession(
  { roleArn, roleName, roleId }: { readonly roleArn: string; readonly roleName: string; readonly roleId: string },
  sessionName: string,
): Principal {
  const { partition = "aws", account = "" } = parseArn(roleArn) ?? {};
  return {
    kind: "role-session",
    accountId: account,
    arn: `arn:${partition}:sts::${account}:assumed-role/${roleName}/${sessionName}`,
    roleArn,
    roleId,
    roleName,
    sessionName,
  };
}
