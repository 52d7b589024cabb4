import { generateKeyPairSync, randomInt, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/**
 * A certificate for 127.0.0.1, `localhost` and more names that signs itself, and its key, in PEM.
 * https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
export function selfSigned(...more: readonly string[]): CertificatePair {
  return certificateUntil("491231000000Z", more);
}

/** As `selfSigned`, and no longer valid. */
export function expiredCertificate(): CertificatePair {
  return certificateUntil("210101000000Z", []);
}

interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

function certificateUntil(end: string, more: readonly string[]): CertificatePair {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid("2a8648ce3d040302")); // ecdsa-with-SHA256
  const name = sequence(tagged(0x31, sequence(oid("550403"), tagged(0x0c, Buffer.from("localhost")))));
  const time = (text: string): Buffer => tagged(0x17, Buffer.from(text));
  const names = sequence(
    ...["localhost", ...more].map((one) => tagged(0x82, Buffer.from(one))),
    tagged(0x87, Buffer.from([127, 0, 0, 1])),
  );
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(randomInt(1, 128)), // two of one name and one number are one certificate to some clients
    algorithm,
    name,
    sequence(time("200101000000Z"), time(end)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(sequence(oid("551d11"), tagged(0x04, names)))),
  );
  const signature = sign("sha256", body, privateKey);
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    cert: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Such a certificate in files, for the tests of one file. */
export function useCertificate(...names: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "certificate-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const pair = selfSigned(...names);
  writeFileSync(cert, pair.cert);
  writeFileSync(key, pair.key);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { cert, key, ca: pair.cert, options: ["--tls-cert", cert, "--tls-key", key] as const };
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, "hex"));
}

function integer(value: number): Buffer {
  return tagged(0x02, Buffer.from([value]));
}
