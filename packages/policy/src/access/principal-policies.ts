import { compileNamed } from "../engine/compile-policy.ts";
import type { Layers, NamedProgram } from "../engine/program.ts";
import { matchAction } from "../match/action.ts";
import { parseArn } from "../match/arn.ts";
import { type PolicyOrigin, policyNameOf } from "../model/policy-origin.ts";
import type { PolicyKind, PrincipalEntry } from "../model/policy.ts";
import type { Principal } from "../model/request.ts";
import { parsePolicy } from "../parse/parse.ts";

/** A user or role as policies see it, with everything attached to it. */
export interface PrincipalPolicies {
  readonly principal: Principal;
  readonly layers: Pick<Layers, "identity" | "boundary"> & Partial<Pick<Layers, "sessions">>;
  /** Tags, as `aws:PrincipalTag/…`. */
  readonly tags: ReadonlyMap<string, string>;
  /** Absent: for itself, and all is known of it but how it signs in. */
  readonly standsFor?: StandsFor;
}

/** For whom a principal stands, who are not all the same to policies. */
export type StandsFor =
  | { readonly kind: "sessions"; readonly takesTags: boolean; readonly providers: readonly string[] }
  | { readonly kind: "account"; readonly canonicalId: string | undefined }
  /** Whoever an entry of a policy names, of whom nothing else is known. */
  | { readonly kind: "entry"; readonly entry: PrincipalEntry };

/** The sessions of a role, as far as its trust policy says what they can be. */
export function sessionsOf(trust: string): StandsFor {
  const allows = (parsePolicy(trust, "trust").policy?.statements ?? []).filter(({ effect }) => effect === "Allow");
  const tagging = allows.some(
    ({ action }) => action.patterns.some((one) => matchAction(one, "sts:TagSession")) !== action.negated,
  );
  const entries = allows.flatMap(({ principal }) => (principal?.negated === false ? principal.entries : []));
  const providers = entries.flatMap((entry) => (entry.kind === "federated" ? [entry.provider] : []));
  return { kind: "sessions", takesTags: tagging, providers: [...new Set(providers)] };
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

/** Somebody of whom only the ARN is known, a user's, a role's, a session's: no policies, no tags. Undefined for any other ARN. */
export function principalAlone(arn: string, sessionName = "session"): PrincipalPolicies | undefined {
  const { partition = "aws", account = "", resource = "" } = parseArn(arn) ?? {};
  const [kind, ...path] = resource.split("/");
  const nothing = { layers: { identity: [], boundary: "none" }, tags: new Map<string, string>() } as const;
  const last = path.at(-1) ?? "";
  if (kind === "user" && last !== "")
    return { principal: { kind: "user", accountId: account, arn, userId: "AIDA", userName: last }, ...nothing };
  if (kind === "federated-user" && last !== "")
    return { principal: { kind, accountId: account, arn, userId: `${account}:${last}` }, ...nothing };
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
