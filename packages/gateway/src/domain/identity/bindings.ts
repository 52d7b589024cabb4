/** Principals in stored policies are unique ids, so that a deleted and re-created name inherits nothing. */
import { parseArn } from "@s3-credentials/policy";
import type { AccountRecord, PrincipalKind, PrincipalRecord } from "../../ports/identity-records.ts";

/** The rows that a policy's principals are looked up in. */
export interface PrincipalRows {
  account(id: string): Promise<Pick<AccountRecord, "id"> | undefined>;
  byId(id: string): Promise<PrincipalRecord | undefined>;
  byName(accountId: string, kind: PrincipalKind, name: string): Promise<PrincipalRecord | undefined>;
}

const uniqueId = /^A(?:ID|RO)A[A-Z0-9]+$/;

/** A parsed policy has no others; stores do not look them up. */
const printable = /^[\u0021-\u007e]+$/;

/**
 * The bound form of one AWS principal, or undefined when there is no such principal. ARNs compare with case here, unlike
 * names in IAM's own operations: a policy that spells a name otherwise names nobody.
 */
async function boundForm(rows: PrincipalRows, written: string): Promise<string | undefined> {
  if (written === "*") return written;
  if (/^\d{12}$/.test(written)) return (await rows.account(written)) === undefined ? undefined : written;
  const [id = "", ...session] = written.split(":");
  if (uniqueId.test(id)) return (await idExists(rows, id, session)) ? written : undefined;
  const arn = printable.test(written) ? parseArn(written) : undefined;
  if (arn?.partition !== "aws" || (await rows.account(arn.account)) === undefined) return undefined;
  const [kind, ...rest] = arn.resource.split("/");
  if (arn.service === "sts") return boundSession(rows, written, arn.account, kind, rest);
  if (arn.service !== "iam") return undefined;
  if (arn.resource === "root") return written;
  if (kind !== "user" && kind !== "role") return undefined;
  const principal = await rows.byName(arn.account, kind, rest.at(-1) ?? "");
  // The path is part of the name a policy gives.
  return principal?.arn === written ? principal.id : undefined;
}

/** `AIDA…`, `AROA…`, and `AROA…:SESSION`. */
async function idExists(rows: PrincipalRows, id: string, session: readonly string[]): Promise<boolean> {
  if (session.length > (id.startsWith("AROA") ? 1 : 0) || session.includes("")) return false;
  return (await rows.byId(id)) !== undefined;
}

async function boundSession(
  rows: PrincipalRows,
  written: string,
  account: string,
  kind: string | undefined,
  rest: readonly string[],
): Promise<string | undefined> {
  if (kind === "federated-user") return written;
  const [name = "", session = "", ...more] = rest;
  if (kind !== "assumed-role" || session === "" || more.length > 0) return undefined;
  const role = await rows.byName(account, "role", name);
  return role?.name === name ? `${role.id}:${session}` : undefined;
}

/** The ARN that an id has now; the id itself when its owner is gone. */
async function printedForm(rows: PrincipalRows, bound: string): Promise<string> {
  const [id = "", session] = bound.split(":");
  if (!uniqueId.test(id)) return bound;
  const principal = await rows.byId(id);
  if (principal === undefined) return bound;
  return session === undefined
    ? principal.arn
    : `arn:aws:sts::${principal.accountId}:assumed-role/${principal.name}/${session}`;
}

type Replace = (principal: string) => Promise<string>;
type Turn = () => Promise<void>;

/** Each takes some tens of microseconds, and a database on this disk answers at once: without turns nobody else is served meanwhile. */
const lookUpsInOneTurn = 10;

/** `replace`, with a turn after every few look-ups: a policy may name hundreds of principals. */
function inTurns(replace: Replace, turn: Turn): Replace {
  let made = 0;
  return async (principal) => {
    if (made > 0 && made % lookUpsInOneTurn === 0) await turn();
    made += 1;
    return replace(principal);
  };
}

/** Replaces every AWS principal of every statement, and nothing else. The document has been parsed before. */
async function replacePrincipals(document: string, replace: Replace): Promise<string> {
  const policy = JSON.parse(document) as { Statement: Statement | Statement[] };
  for (const statement of Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement]) {
    for (const name of ["Principal", "NotPrincipal"] as const) {
      const element = statement[name];
      if (typeof element !== "object" || element?.AWS === undefined) continue;
      element.AWS = Array.isArray(element.AWS) ? await replaceAll(element.AWS, replace) : await replace(element.AWS);
    }
  }
  return JSON.stringify(policy);
}

async function replaceAll(principals: readonly string[], replace: Replace): Promise<string[]> {
  const replaced: string[] = [];
  for (const principal of principals) replaced.push(await replace(principal));
  return replaced;
}

type Element = "*" | null | { AWS?: string | string[] };

interface Statement {
  Principal?: Element;
  NotPrincipal?: Element;
}

export type Binding =
  | { readonly kind: "bound"; readonly policy: string }
  | { readonly kind: "unknown"; readonly principal: string };

export async function bindPrincipals(rows: PrincipalRows, document: string, turn: Turn): Promise<Binding> {
  let unknown: string | undefined;
  const bind: Replace = async (written) => {
    const bound = await boundForm(rows, written);
    if (bound === undefined) unknown ??= written;
    return bound ?? written;
  };
  const policy = await replacePrincipals(document, inTurns(bind, turn));
  return unknown === undefined ? { kind: "bound", policy } : { kind: "unknown", principal: unknown };
}

export function unbindPrincipals(rows: PrincipalRows, document: string, turn: Turn): Promise<string> {
  const unbind: Replace = (bound) => printedForm(rows, bound);
  return replacePrincipals(document, inTurns(unbind, turn));
}
