import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { KeysOfIssuers } from "../federation/issuer-keys.ts";
import { createOidcSignIn } from "../federation/oidc-sign-in.ts";
import { createWebIdentityTokens } from "../federation/verify-token.ts";
import { parseAddressRanges } from "../http/cidr.ts";
import type { Clock } from "../ports/clock.ts";
import { errorCode, StoreError } from "../ports/store-error.ts";
import type { OidcSignIn } from "../ports/oidc-sign-in.ts";
import type { WebIdentityTokens } from "../ports/web-identity.ts";
import { fileFault } from "./file-fault.ts";
import type { OidcConfig } from "./config.ts";
import { readConsoleProviders } from "./console-providers.ts";

export interface Federation {
  /** Verifies the tokens of identity providers. */
  readonly webIdentity: WebIdentityTokens;
  /** Of the console. */
  readonly signIn: OidcSignIn;
}

/**
 * `console`: the file of the console's identity providers; undefined: it offers none.
 * @throws {StoreError} a file that cannot be used
 */
export function openFederation(
  { hosts, ranges: texts, ca }: OidcConfig,
  console: string | undefined,
  clock: Clock,
): Federation {
  const ranges = parseAddressRanges(texts);
  if ("invalid" in ranges) throw new Error(`an address range that was parsed before: ${ranges.invalid}`);
  if (ca !== undefined) checkAuthorities(ca);
  const authorities = async (): Promise<string | undefined> => (ca === undefined ? undefined : readFile(ca, "utf8"));
  const options = { hosts, ranges, authorities };
  const keysOfIssuers = new KeysOfIssuers(options, () => clock.monotonic());
  const { providers, secretOf } = readConsoleProviders(console);
  return {
    webIdentity: createWebIdentityTokens(keysOfIssuers),
    signIn: createOidcSignIn({ providers, keysOfIssuers, options, secretOf }),
  };
}

function checkAuthorities(file: string): void {
  let why = "it is not a certificate in PEM";
  try {
    const pem = readFileSync(file);
    void new X509Certificate(pem);
    return;
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "EACCES" || code === "EISDIR") why = fileFault(error);
  }
  throw new StoreError("conflict", `cannot use ${file}, the file of --oidc-ca: ${why}; give certificates in PEM`);
}
