import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, PutObjectCommand } from "@aws-sdk/client-s3";
import { createHash, randomBytes } from "node:crypto";
import { expect } from "vitest";
import { seededRandom } from "../../packages/gateway/test/seeded-random.mjs";
import type { Keys } from "../gateway.ts";
import { ended, type WatchedClients } from "./attempts.ts";

const Bucket = "shared";
const absent = "not there";
const sumOf = (body: Uint8Array): string => createHash("sha256").update(body).digest("hex");

/**
 * Writers and readers of objects. Each key has one writer and a short life: written, perhaps written over, perhaps deleted. A key on which
 * a request was repeated or failed is left alone from then on, because the earlier attempt may be done late, as with any S3.
 */
export class ObjectWork {
  /** What each key may hold: sums of what was sent, or `absent`. One: it was acknowledged. Nobody writes the key any more. */
  readonly #done = new Map<string, readonly string[]>();
  readonly #names: string[] = [];
  /** What must not have happened. */
  readonly violations: string[] = [];
  acknowledged = 0;
  reads = 0;
  readonly #clients: WatchedClients;
  readonly #keys: Keys;

  constructor(clients: WatchedClients, keys: Keys) {
    this.#clients = clients;
    this.#keys = keys;
  }

  async write(writer: number, isOver: () => boolean): Promise<void> {
    const random = seededRandom("objects", writer);
    for (let round = 0; !isOver(); round += 1) {
      const key = `${writer}/${round}`;
      this.#done.set(key, await this.#life(key, random));
      this.#names.push(key);
    }
  }

  async #life(key: string, random: (limit: number) => number): Promise<readonly string[]> {
    const { s3 } = this.#clients.of(this.#keys);
    let held = absent;
    for (let step = random(2); step < 2; step += 1) {
      const body = randomBytes(random(random(3) === 0 ? 300_000 : 4096));
      const put = await ended(s3.send(new PutObjectCommand({ Bucket, Key: key, Body: body })));
      const sum = sumOf(body);
      if (put.outcome !== "allowed") return this.#unsure(`PUT ${key}`, put, [held, sum]);
      this.acknowledged += 1;
      held = sum;
      if (put.attempts > 1) return [held];
      await this.#expect(key, () => [held]);
    }
    if (random(3) > 0) return [held];
    const gone = await ended(s3.send(new DeleteObjectCommand({ Bucket, Key: key })));
    if (gone.outcome !== "allowed") return this.#unsure(`DELETE ${key}`, gone, [held, absent]);
    this.acknowledged += 1;
    await this.#expect(key, () => [absent]);
    return [absent];
  }

  #unsure(
    what: string,
    { outcome, isRetryable }: { readonly outcome: string; readonly isRetryable: boolean },
    possible: readonly string[],
  ): readonly string[] {
    if (!isRetryable) this.violations.push(`${what}: ${outcome}`);
    return possible;
  }

  async read(reader: number, isOver: () => boolean): Promise<void> {
    const random = seededRandom("readers", reader);
    while (!isOver()) {
      const key = this.#names[random(this.#names.length)];
      if (key === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
      else await this.#expect(key, () => this.#done.get(key) ?? []);
    }
  }

  async #expect(key: string, possible: () => readonly string[]): Promise<void> {
    const got = await ended(
      this.#clients
        .of(this.#keys)
        .s3.send(new GetObjectCommand({ Bucket, Key: key }))
        .then(async (reply) => ({ ...reply, sum: sumOf((await reply.Body?.transformToByteArray()) ?? Buffer.of()) })),
    );
    if (got.isRetryable) return;
    this.reads += 1;
    const found = got.outcome === "NoSuchKey" ? absent : (got.output?.sum ?? got.outcome);
    if (!possible().includes(found)) this.violations.push(`GET ${key}: ${found}, not ${possible().join(" or ")}`);
  }

  /** When all is quiet: each object is what was acknowledged, and the list says the same. */
  async check(): Promise<void> {
    const { s3: client } = this.#clients.of(this.#keys);
    const listed = new Set<string>();
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket }))
      for (const { Key = "" } of Contents) listed.add(Key);
    for (const [key, possible] of this.#done) {
      const isAcknowledged = possible.length === 1;
      if (isAcknowledged) expect(listed.has(key), `${key} in the list`).toBe(!possible.includes(absent));
      await this.#expect(key, () => possible);
    }
    expect(this.violations).toEqual([]);
    expect(Math.min(this.acknowledged, this.reads)).toBeGreaterThan(0);
  }
}
