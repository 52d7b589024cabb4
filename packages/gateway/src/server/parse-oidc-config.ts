import { resolve } from "node:path";
import { parseAddressRanges } from "../http/cidr.ts";
import type { OidcConfig } from "./config.ts";
import { UsageError } from "./parse-console-config.ts";

/** Identity providers that are not on the public network. */
export const oidcOptions = {
  "oidc-allow": {
    type: "string",
    multiple: true,
    value: "HOST",
    summary: "ask issuers here for keys too, repeatable: HOST[:PORT] or CIDR (only public addresses)",
  },
  "oidc-ca": {
    type: "string",
    value: "FILE",
    summary: "certificate authorities to trust for these issuers, PEM; read again for each",
  },
} as const;

interface OidcValues {
  readonly "oidc-allow"?: readonly string[] | undefined;
  readonly "oidc-ca"?: string | undefined;
}

const hostPattern = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/;

export function parseOidc({ "oidc-allow": allow = [], "oidc-ca": ca }: OidcValues): OidcConfig {
  if (ca !== undefined && allow.length === 0)
    throw new UsageError("--oidc-ca is for issuers that are allowed; add --oidc-allow with their host");
  if (ca === "") throw new UsageError("--oidc-ca is empty; give a file of certificates in PEM");
  const ranges = allow.filter((text) => !("invalid" in parseAddressRanges([text])));
  const hosts = allow.filter((text) => !ranges.includes(text)).map(parseHost);
  return { hosts, ranges, ca: ca === undefined ? undefined : resolve(ca) };
}

function parseHost(text: string): string {
  const host = text.toLowerCase();
  const [found, port = "443"] = hostPattern.exec(host) ?? [];
  if (found === undefined || Number(port) > 65_535 || Number(port) === 0)
    throw new UsageError(
      `invalid --oidc-allow "${text}": not a host, an address or a CIDR range; give one such as issuer.internal:8443 or 10.0.0.0/8`,
    );
  return host.replace(/[[\]]/g, "");
}
