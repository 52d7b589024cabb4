import { expect } from "vitest";
import type { RunningGateway } from "../../gateway.ts";
import type { Writer } from "../writer.ts";
import { type Life, type Memory, type Send, senderTo } from "./life.ts";

/** A thing, and how much was done to it: acknowledged steps, and whether one more was sent. */
interface Lived {
  readonly name: string;
  readonly memory: Memory;
  acknowledged: number;
  sent: number;
}

const unborn = (name: string): Lived => ({ name, memory: new Map(), acknowledged: 0, sent: 0 });

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

  constructor(life: Life) {
    this.#life = life;
  }

  async prepare(): Promise<void> {}

  async work(gateway: RunningGateway, number: number, isOver: () => boolean): Promise<void> {
    const sender = senderTo(gateway);
    if (this.#life.few === true) {
      for (const lived of this.#last.values()) await this.#end(lived, sender.send);
      this.#last.clear();
    }
    for (let round = 0; !isOver(); round += 1) {
      const lived = unborn(`${this.#life.kind}-${number}-${round}`);
      this.#last.set(number, lived);
      try {
        await this.#live(lived, this.#life.steps.length, sender.send, isOver);
      } catch {
        break;
      }
    }
    sender.close();
  }

  async #live(lived: Lived, until: number, send: Send, isOver: () => boolean): Promise<void> {
    for (const { operation, input, keep } of this.#life.steps.slice(0, until)) {
      if (isOver()) return;
      const given = await input(lived.name, lived.memory, send);
      lived.sent += 1;
      const answer = await send(this.#life.service, operation, given);
      keep?.(answer, lived.memory);
      lived.acknowledged += 1;
      this.#acknowledged += 1;
    }
  }

  acknowledged(): number {
    return this.#acknowledged;
  }

  async check(gateway: RunningGateway): Promise<void> {
    const sender = senderTo(gateway);
    for (const lived of this.#last.values()) await this.#checkOne(lived, sender.send);
    expect(this.#last.size).toBeGreaterThan(0);
    this.#last.clear();
    sender.close();
  }

  async #checkOne(lived: Lived, send: Send): Promise<void> {
    const { name, acknowledged, sent } = lived;
    const found = plain(await this.#life.read(name, send), name);
    if (this.#life.few === true) await this.#end(lived, send);
    const possible: string[] = [];
    for (let steps = acknowledged; steps <= sent; steps += 1) {
      const twin = unborn(`${this.#life.kind}-twin-${process.pid}-${this.#twins++}`);
      await this.#live(twin, steps, send, () => false);
      possible.push(plain(await this.#life.read(twin.name, send), twin.name));
      if (this.#life.few === true) await this.#end(twin, send);
    }
    const done = this.#life.steps.slice(0, sent).map(({ operation }) => operation);
    expect(possible, `${name} after ${acknowledged} of ${done.join(", ")}`).toContain(found);
    expect(new Set(possible).size, `the last one is seen: ${done.join(", ")}`).toBe(possible.length);
  }

  /** Leads it to its end. The step after the last acknowledged one may have been done. */
  async #end({ name, memory, acknowledged }: Lived, send: Send): Promise<void> {
    for (const { operation, input } of this.#life.steps.slice(acknowledged))
      await send(this.#life.service, operation, await input(name, memory, send)).catch(() => {});
  }
}

/** As text, without the name, and what differs between two things with the same life: times, and ids in the order in which they come. */
function plain(read: unknown, name: string): string {
  const ids = new Map<string, string>();
  return JSON.stringify(read, undefined, 1)
    .replaceAll(name, "NAME")
    .replaceAll(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, "TIME")
    .replaceAll(/p-[0-9a-z]{8,}|[A-Za-z0-9_-]{16,}/g, (id) => {
      const known = ids.get(id) ?? `ID${ids.size}`;
      ids.set(id, known);
      return known;
    });
}
