import { expect } from "vitest";
import { seededRandom } from "../../../packages/gateway/test/seeded-random.mjs";
import type { RunningGateway } from "../../gateway.ts";
import type { Writer } from "../writer.ts";
import {
  type Answer,
  isRefusal,
  keptKeys,
  type Life,
  type Memory,
  type Send,
  senderTo,
  statusOf,
  type Step,
  type Surroundings,
} from "./life.ts";

/** Multiples of it, modulo 1, are spread evenly however many there are. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** A thing, and how much was done to it: acknowledged steps, and whether one more was sent. */
interface Lived {
  readonly name: string;
  /** Of acknowledged steps. */
  memory: Memory;
  acknowledged: number;
  sent: number;
}

/**
 * Leads things through their lives. What is read of one that was cut off has to be what is read of a twin that was led as far, or one step
 * further when that was sent: a step is done as a whole or not at all.
 */
export class LifeWriter implements Writer {
  readonly #life: Life;
  /** One of each worker: the last one. */
  readonly #last = new Map<number, Lived>();
  #acknowledged = 0;
  #twins = 0;
  readonly #surroundings: Surroundings;
  #prepared: Memory = new Map();
  /** Where the next work goes on. */
  #begun: Lived | undefined;

  constructor(life: Life, surroundings: Surroundings) {
    this.#life = life;
    this.#surroundings = surroundings;
  }

  async prepare(gateway: RunningGateway): Promise<void> {
    const send = senderTo(gateway);
    this.#prepared = (await this.#life.prepare?.(gateway, send, this.#surroundings)) ?? new Map();
  }

  #unborn(name: string): Lived {
    return { name, memory: new Map(this.#prepared), acknowledged: 0, sent: 0 };
  }

  async resume(gateway: RunningGateway, loop: number): Promise<void> {
    const send = senderTo(gateway);
    if (this.#life.few === true) {
      for (const lived of this.#last.values()) await this.#end(lived, send);
      this.#last.clear();
    }
    this.#begun = this.#unborn(`${this.#life.kind}-begun-${loop}`);
    await this.#live(this.#begun, this.#firstStep(loop), send, () => false);
  }

  /** Kills come soon, so a life that began at its beginning would never be cut off at its end. */
  #firstStep(loop: number): number {
    const start = seededRandom("first step", this.#life.kind)(1000) / 1000;
    return Math.floor(((start + loop * goldenRatio) % 1) * this.#life.steps.length);
  }

  async work(gateway: RunningGateway, number: number, isOver: () => boolean): Promise<void> {
    const send = senderTo(gateway);
    let refused: string | undefined;
    for (let round = 0; !isOver(); round += 1) {
      const lived = this.#begun ?? this.#unborn(`${this.#life.kind}-${number}-${round}`);
      this.#begun = undefined;
      this.#last.set(number, lived);
      try {
        await this.#live(lived, this.#life.steps.length, send, isOver);
      } catch (error) {
        // A gateway that is killed gives no answer.
        if (statusOf(error) >= 400) refused = String(error);
        break;
      }
    }
    if (refused !== undefined) throw new Error(refused);
  }

  /** Goes on with it. */
  async #live(lived: Lived, until: number, send: Send, isOver: () => boolean): Promise<void> {
    for (const step of this.#life.steps.slice(lived.acknowledged, until)) {
      if (isOver()) return;
      const memory = new Map(lived.memory);
      const input = await step.input(lived.name, memory, send);
      lived.sent += 1;
      const answer = await this.#send(step, input, memory, send);
      step.keep?.(answer, memory);
      lived.memory = memory;
      lived.acknowledged += 1;
      this.#acknowledged += 1;
    }
  }

  async #send({ operation, service, by }: Step, input: object, memory: Memory, send: Send): Promise<Answer> {
    const keys = by ?? this.#life.by;
    const caller = keys === undefined ? undefined : keptKeys(memory, keys);
    try {
      return await send(service ?? this.#life.service, operation, input, caller);
    } catch (error) {
      if (error instanceof Error) error.message = `${this.#life.kind}, ${operation}: ${error.message}`;
      throw error;
    }
  }

  acknowledged(): number {
    return this.#acknowledged;
  }

  async check(gateway: RunningGateway): Promise<void> {
    const send = senderTo(gateway);
    for (const lived of this.#last.values()) await this.#checkOne(lived, send);
    expect(this.#last.size).toBeGreaterThan(0);
    this.#last.clear();
  }

  async #checkOne(lived: Lived, send: Send): Promise<void> {
    const { name, memory, acknowledged, sent } = lived;
    const found = plain(await this.#life.read(name, send, memory), name);
    if (this.#life.few === true) await this.#end(lived, send);
    const twin = this.#unborn(`${this.#life.kind}-twin-${process.pid}-${this.#twins++}`);
    await this.#live(twin, acknowledged, send, () => false);
    const known = twin.memory;
    const possible = [plain(await this.#life.read(twin.name, send, known), twin.name)];
    if (sent > acknowledged) {
      await this.#live(twin, sent, send, () => false);
      possible.push(plain(await this.#life.read(twin.name, send, known), twin.name));
    }
    if (this.#life.few === true) await this.#end(twin, send);
    const done = this.#life.steps.slice(0, sent);
    const story = done.map(({ operation }) => operation).join(", ");
    const alike = possible.find((one) => one === found) ?? possible[0];
    expect(found, `${name} after ${acknowledged} of ${story}`).toBe(alike);
    if (sent > acknowledged && done.at(-1)?.unseen === true) return;
    expect(new Set(possible).size, `the last one is seen: ${story}`).toBe(possible.length);
  }

  /** Leads it to its end. The step after the last acknowledged one may have been done. */
  async #end({ name, memory, acknowledged }: Lived, send: Send): Promise<void> {
    const known = new Map(memory);
    for (const step of this.#life.steps.slice(acknowledged)) {
      try {
        const answer = await this.#send(step, await step.input(name, known, send), known, send);
        step.keep?.(answer, known);
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    }
  }
}

/** As text, without the name, and what differs between two things with the same life: times, and ids in the order in which they come. */
function plain(read: unknown, name: string): string {
  const ids = new Map<string, string>();
  return JSON.stringify(read, undefined, 1)
    .replaceAll(name, "NAME")
    .replaceAll(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, "TIME")
    .replaceAll(/p-[0-9a-z]{8,}|[A-Za-z0-9_-]{16,}|\b\d{12}\b/g, (id) => {
      const known = ids.get(id) ?? `ID${ids.size}`;
      ids.set(id, known);
      return known;
    });
}
