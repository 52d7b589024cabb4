import {
  CreateBucketCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { s3 } from "../clients.ts";
import type { RunningGateway } from "../gateway.ts";
import type { Checked, CopiedWriter } from "./writer.ts";

const [Bucket, Key] = ["ordered", "step"];

/**
 * Changes two things in turn, of which one is in the directory and the other in the index of objects. Whoever sees both as they were at one
 * moment sees the same step in both, or the directory one step ahead: rights that were narrowed before a secret was stored are never seen
 * wide beside the secret.
 */
export class OrderWriter implements CopiedWriter {
  #acknowledged: number;

  constructor(acknowledged = 0) {
    this.#acknowledged = acknowledged;
  }

  async prepare(gateway: RunningGateway): Promise<void> {
    await s3(gateway, gateway.admin).send(new CreateBucketCommand({ Bucket }));
  }

  async work(gateway: RunningGateway, _number: number, isOver: () => boolean): Promise<void> {
    const client = s3(gateway, gateway.admin);
    while (!isOver()) {
      const step = String(this.#acknowledged + 1);
      const Tagging = { TagSet: [{ Key: "step", Value: step }] };
      try {
        await client.send(new PutBucketTaggingCommand({ Bucket, Tagging }));
        await client.send(new PutObjectCommand({ Bucket, Key, Body: step }));
      } catch {
        break;
      }
      this.#acknowledged += 1;
    }
    client.destroy();
  }

  acknowledged(): number {
    return this.#acknowledged;
  }

  copyBegun(): () => Checked {
    const begun = this.#acknowledged;
    return () => new OrderWriter(begun);
  }

  async check(gateway: RunningGateway): Promise<void> {
    const client = s3(gateway, gateway.admin);
    const { TagSet = [] } = await client.send(new GetBucketTaggingCommand({ Bucket }));
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    const [directory, index] = [Number(TagSet[0]?.Value), Number(await Body?.transformToString())];
    expect(index).toBeGreaterThanOrEqual(Math.max(1, this.#acknowledged));
    expect([index, index + 1]).toContain(directory);
    client.destroy();
  }
}
