import { errorCode, type StoreError } from "../ports/store-error.ts";

/** By SQLSTATE (https://www.postgresql.org/docs/15/errcodes-appendix.html), or by Node's code for a certificate. */
const byCode: ReadonlyMap<string, string> = new Map([
  ["25006", "name the server that writes, and see that default_transaction_read_only is off"],
  ["28P01", "see that the file has the password of this user, and that this user is there"],
  ["3D000", "make it with: createdb --owner USER NAME"],
  ["3F000", "it and its schemas directory and record have to belong to this user"],
  ["42501", "it and its schemas directory and record have to belong to this user"],
  ["53100", "make room on its disk"],
  ["53300", "allow more, on the server (max_connections) and to this user: each gateway has up to 25"],
  ["CERT_HAS_EXPIRED", "renew the certificate of the server"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "name the server in --database as its certificate does"],
]);

const unknownAuthority = "give the authority of its certificate with --database-ca";
const unknownAuthorities = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

/** Why a database was refused or did not answer, in words for the operator, and what to do about it. */
export function withAdvice({ message, cause }: StoreError): string {
  const [, why] = /^PostgreSQL: (.*)/s.exec(message) ?? [];
  return why === undefined ? message : `${why}; ${adviceOn(why, errorCode(cause) ?? "")}`;
}

function adviceOn(why: string, code: string): string {
  // On the machine itself TLS is not asked for, unless its authority is given.
  if (why.includes("no encryption")) return `for TLS to a server of this machine, ${unknownAuthority}`;
  if (unknownAuthorities.includes(code)) return unknownAuthority;
  return byCode.get(code) ?? "see that it runs and lets this user in";
}
