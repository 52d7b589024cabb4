/** Principals in stored policies are unique ids, so that a deleted and re-created name inherits nothing. */
import { parseArn } from "@s3-credentials/policy";
import type { AccountRecord, PrincipalKind, PrincipalRecord } from "../../ports/identity-store.ts";

/** The rows that a policy's principals are looked up in. */
export interface PrincipalRows {
  account(id: string): Pick<AccountRecord, "id"> | undefined;
  byId(id: string): PrincipalRecord | undefined;
  byName(accountId: string, kind: PrincipalKind, name: string): PrincipalRecord | undefined;
}

const uniqueId = /^A(?:ID|RO)A[A-Z0-9]+$/;

/** A parsed policy has no others; stores do not look them up. */
const printable = /^[\u0021-\u007e]+$/;

/**
 * The bound form of one AWS principal, or undefined when there is no such principal. ARNs compare with case here, unlike
 * names in IAM's own operations: a policy that spells a name otherwise names nobody.
 */
function boundForm(rows: PrincipalRows, written: string): string | undefined {
  if (written === "*") return written;
  if (/^\d{12}$/.test(written)) return rows.account(written) === undefined ? undefined : written;
  const [id = "", ...session] = written.split(":");
  if (uniqueId.test(id)) return idExists(rows, id, session) ? written : undefined;
  const arn = printable.test(written) ? parseArn(written) : undefined;
  if (arn === undefined || rows.account(arn.account) === undefined) return undefined;
  const [kind, ...rest] = arn.resource.split("/");
  if (arn.service === "sts") return boundSession(rows, written, arn.account, kind, rest);
  if (arn.service !== "iam") return undefined;
  if (arn.resource === "root") return written;
  if (kind !== "user" && kind !== "role") return undefined;
  const principal = rows.byName(arn.account, kind, rest.at(-1) ?? "");
  // The path is part of the name a policy gives.
  return principal?.arn === written ? principal.id : undefined;
}

/** `AIDA…`, `AROA…`, and `AROA…:SESSION`. */
function idExists(rows: PrincipalRows, id: string, session: readonly string[]): boolean {
  if (session.length > (id.startsWith("AROA") ? 1 : 0) || session.includes("")) return false;
  return rows.byId(id) !== undefined;
}

function boundSession(
  rows: PrincipalRows,
  written: string,
  account: string,
  kind: string | undefined,
  rest: readonly string[],
): string | undefined {
  if (kind === "federated-user") return written;
  const [name = "", session = "", ...more] = rest;
  if (kind !== "assumed-role" || session === "" || more.length > 0) return undefined;
  const role = rows.byName(account, "role", name);
  return role?.name === name ? `${role.id}:${session}` : undefined;
}

/** The ARN that an id has now; the id itself when its owner is gone. */
function printedForm(rows: PrincipalRows, bound: string): string {
  const [id = "", session] = bound.split(":");
  if (!uniqueId.test(id)) return bound;
  const principal = rows.byId(id);
  if (principal === undefined) return bound;
  return session === undefined
    ? principal.arn
    : `arn:aws:sts::${principal.accountId}:assumed-role/${principal.name}/${session}`;
}

type Replace = (principal: string) => string;

/** Replaces every AWS principal of every statement, and nothing else. The document has been parsed before. */
function replacePrincipals(document: string, replace: Replace): string {
  const policy = JSON.parse(document) as { Statement: Statement | Statement[] };
  for (const statement of Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement]) {
    for (const name of ["Principal", "NotPrincipal"] as const) {
      const element = statement[name];
      if (typeof element !== "object" || element?.AWS === undefined) continue;
      element.AWS = Array.isArray(element.AWS) ? element.AWS.map(replace) : replace(element.AWS);
    }
  }
  return JSON.stringify(policy);
}

type Element = "*" | null | { AWS?: string | string[] };

interface Statement {
  Principal?: Element;
  NotPrincipal?: Element;
}

export type Binding =
  | { readonly kind: "bound"; readonly policy: string }
  | { readonly kind: "unknown"; readonly principal: string };

export function bindPrincipals(rows: PrincipalRows, document: string): Binding {
  let unknown: string | undefined;
  const policy = replacePrincipals(document, (written) => {
    const bound = boundForm(rows, written);
    if (bound === undefined) unknown ??= written;
    return bound ?? written;
  });
  return unknown === undefined ? { kind: "bound", policy } : { kind: "unknown", principal: unknown };
}

export function unbindPrincipals(rows: PrincipalRows, document: string): string {
  return replacePrincipals(document, (bound) => printedForm(rows, bound));
}
