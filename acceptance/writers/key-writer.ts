import { CreateAccessKeyCommand, CreateUserCommand, DeleteAccessKeyCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { seededRandom } from "../../packages/gateway/test/seeded-random.mjs";
import { iam, outcome, sts } from "../clients.ts";
import type { Keys, RunningGateway } from "../gateway.ts";
import type { Checked, CopiedWriter } from "./writer.ts";

/** Users with keys, of which some are deleted again. */
export class KeyWriter implements CopiedWriter {
  /** By their ids: keys whose making was acknowledged, and those whose deletion was. */
  readonly #kept: Map<string, Keys>;
  readonly #revoked: Map<string, Keys>;

  constructor(kept: Map<string, Keys> = new Map(), revoked: Map<string, Keys> = new Map()) {
    this.#kept = kept;
    this.#revoked = revoked;
  }

  async prepare(): Promise<void> {}

  async work(gateway: RunningGateway, number: number, isOver: () => boolean): Promise<void> {
    const client = iam(gateway, gateway.admin);
    const random = seededRandom("keys", number);
    for (let round = 0; !isOver(); round += 1) {
      const UserName = `keys-${number}-${round}`;
      try {
        await client.send(new CreateUserCommand({ UserName }));
        const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName }));
        const { AccessKeyId = "", SecretAccessKey = "" } = AccessKey ?? {};
        const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
        this.#kept.set(AccessKeyId, keys);
        if (round === 0 || random(2) === 0) continue;
        this.#kept.delete(AccessKeyId); // may be gone from here on
        await client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
        this.#revoked.set(AccessKeyId, keys);
        await sleep(20); // each key is tried when it is checked
      } catch {
        break;
      }
    }
    client.destroy();
  }

  acknowledged(): number {
    return this.#revoked.size;
  }

  copyBegun(): () => Checked {
    const [kept, revoked] = [new Map(this.#kept), new Map(this.#revoked)];
    return () => new KeyWriter(new Map([...kept].filter(([id]) => this.#kept.has(id))), revoked);
  }

  /** Keys work, and none works whose deletion was acknowledged. */
  async check(gateway: RunningGateway): Promise<void> {
    const use = async (keys: Keys): Promise<string> => {
      const client = sts(gateway, keys);
      return outcome(client.send(new GetCallerIdentityCommand())).finally(() => client.destroy());
    };
    for (const [id, keys] of this.#kept) expect(await use(keys), id).toBe("allowed");
    for (const [id, keys] of this.#revoked) expect(await use(keys), `${id} was revoked`).toBe("InvalidClientTokenId");
    expect(this.#revoked.size).toBeGreaterThan(0);
  }
}
