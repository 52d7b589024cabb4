import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { createHash, randomBytes } from "node:crypto";

/** A whole number from 0 up to, but without, the limit. */
export type Random = (limit: number) => number;

/** An object as it is sent, and the sum over all of it: bytes and metadata. */
export interface Content {
  readonly body: Uint8Array;
  readonly metadata: { readonly ContentType: string; readonly Metadata: Record<string, string> };
  readonly sum: string;
}

export function sumOf(
  body: Uint8Array,
  contentType: string | undefined,
  metadata: Record<string, string> | undefined,
): string {
  const bytes = createHash("sha256").update(body).digest("hex");
  return JSON.stringify([bytes, contentType, Object.entries(metadata ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

export function randomContent(random: Random, most: number): Content {
  const body = randomBytes(random(most));
  const ContentType = `application/x-${random(1_000_000)}`;
  const names = ["round", "colour", "origin"].slice(random(4));
  const Metadata = Object.fromEntries(names.map((name) => [name, randomBytes(1 + random(40)).toString("hex")]));
  return { body, metadata: { ContentType, Metadata }, sum: sumOf(body, ContentType, Metadata) };
}

export async function receivedSum({ Body, ContentType, Metadata }: GetObjectCommandOutput): Promise<string> {
  return sumOf((await Body?.transformToByteArray()) ?? new Uint8Array(), ContentType, Metadata);
}
