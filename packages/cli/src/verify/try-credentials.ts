import type { S3Client } from "@aws-sdk/client-s3";
import { randomBytes } from "node:crypto";
import type { PolicyText } from "../input/policy-text.ts";
import { compileNamed } from "@s3-credentials/policy";
import { CommandError } from "../command-line/failures.ts";
import { serviceFailure } from "../output/errors.ts";
import { removeKey } from "./clean-up.ts";
import { type Expectation, expectationOf } from "./expectation.ts";
import { type Place, placesBeyond, placesOf, type Probe, probeBeyond, probesOf, seed } from "./probes.ts";

/** The outcome of one request. `unknown`: the answer proves nothing, as when there was no object to ask for. */
export type Observation =
  | { readonly kind: "allowed" | "refused" | "unknown" }
  | { readonly kind: "failed"; readonly code: string };

export interface Finding {
  readonly place: Place;
  readonly operation: string;
  readonly expected: Expectation;
  readonly observed: Observation;
}

export interface Verification {
  readonly findings: readonly Finding[];
  /** `BUCKET/KEY` of what could not be removed again. */
  readonly left: readonly string[];
}

export interface Trying {
  /** With the credentials that are tried; never repeats a refused call. */
  readonly tried: S3Client;
  /** The creator's own: for what is to be read, and to clean up. */
  readonly creator: S3Client;
  readonly buckets: readonly string[];
  readonly prefixes: readonly string[];
  /** Everything the credentials should be able to do. */
  readonly policies: readonly PolicyText[];
  readonly partition: string;
  /** Whether requests go over TLS. */
  readonly secure: boolean;
  readonly progress: (done: number, total: number) => void;
  /** An interrupt: no further request is made, and what is there is removed. */
  readonly signal: AbortSignal;
}

/** Tries every operation in every place, and leaves nothing behind that it can remove. */
export async function tryCredentials(trying: Trying): Promise<Verification> {
  const places = trying.buckets.flatMap((bucket) => placesOf(bucket, trying.prefixes));
  const policies = trying.policies.map(({ policy }, index) => compileNamed({ name: `policy ${index + 1}`, policy }));
  const findings: Finding[] = [];
  const left: string[] = [];
  for (const [index, place] of places.entries()) {
    trying.progress(index, places.length);
    const id = randomBytes(8).toString("hex");
    const keys = {
      seed: `${place.prefix}s3-credentials-probe-${id}`,
      own: `${place.prefix}s3-credentials-probe-${id}-own`,
    };
    try {
      const seeded = await seed(trying.creator, place.bucket, keys.seed);
      for (const probe of await probesOf(place, keys, trying.partition)) {
        if (trying.signal.aborted) throw new CommandError("interrupted");
        const expected = expectationOf(policies, probe.asked, trying.secure);
        const observed = await observe(trying.tried, probe, seeded);
        findings.push({ place, operation: probe.operation, expected, observed });
      }
    } finally {
      for (const key of [keys.seed, keys.own]) {
        if (!(await removeKey([trying.creator, trying.tried], place.bucket, key))) left.push(`${place.bucket}/${key}`);
      }
    }
  }
  trying.progress(places.length, places.length);
  for (const place of placesBeyond(trying.buckets, trying.prefixes, await anotherBucket(trying))) {
    if (trying.signal.aborted) throw new CommandError("interrupted");
    const probe = await probeBeyond(place, trying.partition);
    const expected = expectationOf(policies, probe.asked, trying.secure);
    const observed = await observe(trying.tried, probe, true);
    if (observed.kind === "failed" && lacking.includes(observed.code)) continue;
    findings.push({ place, operation: probe.operation, expected, observed });
  }
  return { findings, left };
}

/** Answers of a service that has no such request, which says nothing of the credentials. */
const lacking: readonly string[] = ["NotImplemented", "MethodNotAllowed"];

/** A bucket that the creator has beside those that are tried; none when it may not list them. */
async function anotherBucket({ creator, buckets }: Trying): Promise<string | undefined> {
  const { ListBucketsCommand } = await import("@aws-sdk/client-s3");
  try {
    const { Buckets = [] } = await creator.send(new ListBucketsCommand({}));
    return Buckets.map(({ Name }) => Name).find((name) => name !== undefined && !buckets.includes(name));
  } catch {
    return undefined;
  }
}

async function observe(s3: S3Client, probe: Probe, seeded: boolean): Promise<Observation> {
  try {
    await probe.send(s3);
    return { kind: "allowed" };
  } catch (error) {
    const { code, status } = serviceFailure(error);
    if (code === "AccessDenied" || (status === 403 && code === "403")) {
      return { kind: probe.needsSeed && !seeded ? "unknown" : "refused" };
    }
    // The answer that there is no such object shows that reading is allowed.
    if (code === "NoSuchKey" && probe.needsSeed && !seeded) return { kind: "allowed" };
    return { kind: "failed", code };
  }
}

/** `unknown`: what should be depends on more than is known here, or the answer proved nothing. */
export type Verdict = "ok" | "mismatch" | "unknown";

export function verdictOf({ expected, observed }: Finding): Verdict {
  if (expected.kind === "depends" || observed.kind === "unknown") return "unknown";
  return expected.kind === observed.kind ? "ok" : "mismatch";
}
