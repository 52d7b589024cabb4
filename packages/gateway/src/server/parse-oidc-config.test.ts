import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { selfSigned } from "../../test/self-signed.ts";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import type { OidcConfig } from "./config.ts";
import { openFederation } from "./open-federation.ts";
import { parseConfig } from "./parse-config.ts";

function parsed(...argv: string[]): OidcConfig | string {
  const found = parseConfig(argv, { HOME: "/home/a" });
  return found.kind === "config" ? found.config.oidc : found.kind === "usage-error" ? found.message : found.kind;
}

describe("--oidc-allow and --oidc-ca", () => {
  test("hosts with and without a port, addresses and ranges", () => {
    expect(parsed()).toEqual({ hosts: [], ranges: [], ca: undefined });
    const allowed = ["Issuer.internal", "issuer:8443", "10.0.0.1:6443", "[fd00::1]:6443", "10.0.0.1", "fd00::/8"];
    expect(parsed(...allowed.flatMap((one) => ["--oidc-allow", one]), "--oidc-ca", "/etc/ca.pem")).toEqual({
      hosts: ["issuer.internal", "issuer:8443", "10.0.0.1:6443", "fd00::1:6443"],
      ranges: ["10.0.0.1", "fd00::/8"],
      ca: "/etc/ca.pem",
    });
  });

  test.each([
    "",
    "https://issuer",
    "issuer:0",
    "issuer:65536",
    "issuer:x",
    "issuer/path",
    "*.internal",
    "-a",
    "10.0.0.0/33",
  ])("%o is neither", (text) => {
    expect(parsed(`--oidc-allow=${text}`)).toBe(
      `invalid --oidc-allow "${text}": not a host, an address or a CIDR range; give one such as issuer.internal:8443 or 10.0.0.0/8`,
    );
  });

  test("authorities are for what is allowed", () => {
    expect(parsed("--oidc-ca", "ca.pem")).toBe(
      "--oidc-ca is for issuers that are allowed; add --oidc-allow with their host",
    );
    expect(parsed("--oidc-allow", "issuer", "--oidc-ca=")).toBe(
      "--oidc-ca is empty; give a file of certificates in PEM",
    );
  });
});

describe("the file of --oidc-ca", () => {
  const clock = { now: () => 0, monotonic: () => 0 };
  const open = (ca: string) => openFederation({ hosts: ["issuer"], ranges: [], ca }, undefined, clock).webIdentity;

  test("has certificates", async () => {
    const file = join(await temporaryFolder(), "ca.pem");
    writeFileSync(file, selfSigned().cert);
    expect(open(file).issuerOf("x")).toBeUndefined();
  });

  test.each([
    ["is not there", undefined, "there is no such file"],
    ["has none", "no certificate", "it is not a certificate in PEM"],
  ])("%s: the gateway does not start", async (_name, text, why) => {
    const file = join(await temporaryFolder(), "ca.pem");
    if (text !== undefined) writeFileSync(file, text);
    expect(() => open(file)).toThrow(`cannot use ${file}, the file of --oidc-ca: ${why}; give certificates in PEM`);
  });
});
