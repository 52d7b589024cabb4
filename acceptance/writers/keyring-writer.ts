import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { seededRandom } from "../../packages/gateway/test/seeded-random.mjs";
import type { RunningGateway } from "../gateway.ts";
import { type Answer, senderTo } from "./lives/life.ts";
import type { Writer } from "./writer.ts";

interface Key {
  readonly KeyId: string;
  readonly State: string;
}

const keysOf = ({ Keys }: Answer): readonly Key[] => Keys as readonly Key[];
const sealing = (keys: readonly Key[]): readonly string[] =>
  keys.filter(({ State }) => State === "Sealing").map(({ KeyId }) => KeyId);

/** Rotates the keyring, which there is one of, until it has as many keys as it may have. */
export class KeyringWriter implements Writer {
  /** Those that rotations gave, in order. */
  readonly #acknowledged: string[] = [];
  /** Rotations without an answer. */
  #unsure = 0;
  #answers = 0;

  async prepare(): Promise<void> {}

  async work(gateway: RunningGateway, number: number, isOver: () => boolean): Promise<void> {
    const send = senderTo(gateway);
    const random = seededRandom("keyring", number);
    while (!isOver()) {
      try {
        const [id = ""] = sealing(keysOf(await send("s3-credentials", "RotateKeyring", {})));
        this.#acknowledged.push(id);
      } catch (error) {
        if ((error as Error).name !== "LimitExceededException") {
          this.#unsure += 1;
          break;
        }
      }
      this.#answers += 1;
      await sleep(random(400)); // the keys last for some loops
    }
  }

  acknowledged(): number {
    return this.#answers;
  }

  /** Every key is there, and the last one seals, or one that came after it. */
  async check(gateway: RunningGateway): Promise<void> {
    const send = senderTo(gateway);
    const keys = keysOf(await send("s3-credentials", "DescribeKeyring", {}));
    const ids = keys.map(({ KeyId }) => KeyId);
    expect(ids).toEqual(expect.arrayContaining(this.#acknowledged));
    const [seals = "", ...others] = sealing(keys);
    expect(others).toEqual([]);
    expect(this.#acknowledged.length).toBeGreaterThan(0);
    expect(this.#acknowledged.slice(0, -1)).not.toContain(seals);
    // One was there before.
    expect(ids.length).toBeLessThanOrEqual(1 + this.#acknowledged.length + this.#unsure);
  }
}
