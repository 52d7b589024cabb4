import { readFileSync } from "node:fs";
import { fileFailure } from "../files/file-error.ts";
import { UsageError } from "../command-line/failures.ts";
import { profileOrNothing } from "./configured-endpoints.ts";
import { proxyFor } from "./proxy.ts";

/** How this machine reaches a service. */
export interface Network {
  /** Milliseconds in which something has to move on a connection; 0: it is waited for without end. */
  readonly idle: number;
  /** Certificate authorities that are trusted instead of Node.js's own, PEM. */
  readonly ca?: string;
  /** The file that they are in. */
  readonly caFile?: string;
  /** Set when the user interrupts. */
  readonly signal?: AbortSignal;
  readonly proxyFor: (url: URL) => URL | undefined;
}

const idleVariable = "S3_CREDENTIALS_IDLE_TIMEOUT";

/** Seconds, as AWS CLI has it (`--cli-read-timeout`). */
const usualIdle = 60;

/** What the environment, or else the profile, says. https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html */
export function networkOf(env: NodeJS.ProcessEnv, optionProfile?: string): Network {
  const file = env["AWS_CA_BUNDLE"] || profileOrNothing(env, optionProfile)?.merged.get("ca_bundle");
  return {
    idle: idleSeconds(env[idleVariable]) * 1000,
    ...(file ? { ca: readCertificates(file), caFile: file } : {}),
    proxyFor: (url) => proxyFor(env, url),
  };
}

function idleSeconds(text: string | undefined): number {
  if (text === undefined || text === "") return usualIdle;
  if (!/^\d{1,5}(\.\d{1,3})?$/.test(text))
    throw new UsageError(`${idleVariable} must be a number of seconds, or 0 to wait without end`);
  return Number(text);
}

function readCertificates(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${file}, of AWS_CA_BUNDLE or ca_bundle: ${fileFailure(error)}`);
  }
  // Node.js would trust nobody, and say so of the service's certificate.
  if (!text.includes("-----BEGIN CERTIFICATE-----"))
    throw new UsageError(`${file}, of AWS_CA_BUNDLE or ca_bundle, has no certificate: it must be a file in PEM format`);
  return text;
}
