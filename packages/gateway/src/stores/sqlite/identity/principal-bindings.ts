import { parseArn } from "@s3-credentials/policy";
import type { PrincipalBindings } from "../../../ports/principal-directory.ts";
import type { Reader } from "../connection.ts";
import { accountById, principalById, principalByName } from "./principal-rows.ts";

const uniqueId = /^A(?:ID|RO)A[A-Z0-9]+$/;

/**
 * The bound form of one AWS principal, or undefined when there is no such principal. ARNs compare with case here, unlike
 * names in IAM's own operations: a policy that spells a name otherwise names nobody.
 */
function boundForm(reader: Reader, written: string): string | undefined {
  if (written === "*") return written;
  if (/^\d{12}$/.test(written)) return accountById(reader, written) === undefined ? undefined : written;
  const [id = "", ...session] = written.split(":");
  if (uniqueId.test(id)) return idExists(reader, id, session) ? written : undefined;
  const arn = printable.test(written) ? parseArn(written) : undefined;
  if (arn === undefined || accountById(reader, arn.account) === undefined) return undefined;
  const [kind, ...rest] = arn.resource.split("/");
  if (arn.service === "sts") return boundSession(reader, written, arn.account, kind, rest);
  if (arn.service !== "iam") return undefined;
  if (arn.resource === "root") return written;
  if (kind !== "user" && kind !== "role") return undefined;
  const principal = principalByName(reader, arn.account, kind, rest.at(-1) ?? "");
  // The path is part of the name a policy gives.
  return principal?.arn === written ? principal.id : undefined;
}

/** A parsed policy holds no others; SQLite would not take them. */
const printable = /^[\u0021-\u007e]+$/;

/** `AIDA…`, `AROA…`, and `AROA…:SESSION`. */
function idExists(reader: Reader, id: string, session: readonly string[]): boolean {
  if (session.length > (id.startsWith("AROA") ? 1 : 0) || session.includes("")) return false;
  return principalById(reader, id) !== undefined;
}

function boundSession(
  reader: Reader,
  written: string,
  account: string,
  kind: string | undefined,
  rest: readonly string[],
): string | undefined {
  if (kind === "federated-user") return written;
  const [name = "", session = "", ...more] = rest;
  if (kind !== "assumed-role" || session === "" || more.length > 0) return undefined;
  const role = principalByName(reader, account, "role", name);
  return role?.name === name ? `${role.id}:${session}` : undefined;
}

/** The ARN an id stands for now; the id itself when its owner is gone. */
function printedForm(reader: Reader, bound: string): string {
  const [id = "", session] = bound.split(":");
  if (!uniqueId.test(id)) return bound;
  const principal = principalById(reader, id);
  if (principal === undefined) return bound;
  return session === undefined
    ? principal.arn
    : `arn:aws:sts::${principal.accountId}:assumed-role/${principal.name}/${session}`;
}

type Replace = (principal: string) => string;

/** Every AWS principal of every statement, replaced; all else stays as it is. The document has been parsed before. */
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

export function sqlitePrincipalBindings(reader: Reader): PrincipalBindings {
  return {
    async bind(document) {
      let unknown: string | undefined;
      const policy = replacePrincipals(document, (written) => {
        const bound = boundForm(reader, written);
        if (bound === undefined) unknown ??= written;
        return bound ?? written;
      });
      return unknown === undefined ? { kind: "bound", policy } : { kind: "unknown", principal: unknown };
    },
    unbind: async (document) => replacePrincipals(document, (bound) => printedForm(reader, bound)),
  };
}
