import { Worker } from "node:worker_threads";
import {
  type AnalysisAnswers,
  type AnalysisQuestion,
  AnalysisRefused,
  type PolicyAnalysis,
} from "../ports/policy-analysis.ts";
import type { ToAnalysis } from "./analysis-thread.ts";

export interface AnalysisLimits {
  /** Of a question. They bound its time and its memory; a question that is beyond them has an answer that says so. */
  readonly steps: number;
  /** Beyond the steps, should one take longer than anybody thought: the question is given up, and the thread with it. */
  readonly ms: number;
  /** Waiting, of one account. */
  readonly waiting: number;
  /** Megabytes of the thread. */
  readonly memory: number;
}

const defaults: AnalysisLimits = { steps: 2_000_000, ms: 10_000, waiting: 64, memory: 256 };

interface Waiting {
  readonly question: AnalysisQuestion;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Answers questions in a thread of its own, one at a time, the accounts in turns. So no document, however it is made, keeps the gateway
 * from serving, and an account waits for the question that is being answered and for at most one of each other account.
 */
export class AnalysisQueue implements PolicyAnalysis {
  readonly #limits: AnalysisLimits;
  /** By account; the one whose turn is next comes first. */
  readonly #waiting = new Map<string, Waiting[]>();
  #worker: Worker | undefined;
  #asked: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(limits: Partial<AnalysisLimits> = {}) {
    this.#limits = { ...defaults, ...limits };
  }

  ask<Kind extends AnalysisQuestion["kind"]>(
    account: string,
    question: Extract<AnalysisQuestion, { readonly kind: Kind }>,
  ): Promise<AnalysisAnswers[Kind]> {
    const others = this.#waiting.get(account) ?? [];
    if (this.#closed || others.length >= this.#limits.waiting) return Promise.reject(new AnalysisRefused("busy"));
    return new Promise((resolve, reject) => {
      this.#waiting.set(account, [...others, { question, resolve, reject }]);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of [...this.#waiting.values()].flat()) waiting.reject(new AnalysisRefused("busy"));
    this.#waiting.clear();
    await this.#stop(new AnalysisRefused("busy"));
  }

  #next(): void {
    if (this.#asked !== undefined || this.#closed) return;
    const [account, list = []] = this.#waiting.entries().next().value ?? [];
    const [first, ...others] = list;
    if (account === undefined || first === undefined) return;
    this.#waiting.delete(account);
    if (others.length > 0) this.#waiting.set(account, others);
    this.#asked = first;
    this.#timer = setTimeout(() => void this.#stop(new AnalysisRefused("too-costly")), this.#limits.ms);
    const message: ToAnalysis = { question: first.question, steps: this.#limits.steps };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#thread().postMessage(message);
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const program = new URL("../../bundle/analysis-thread.js", import.meta.url);
    const worker = new Worker(program, {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.memory },
    });
    this.#worker = worker;
    worker.on("message", (answer) => {
      // An ended thread may have answered before: that is the answer to another question, maybe of another account.
      if (worker === this.#worker) this.#end((asked) => asked.resolve(answer as never));
    });
    worker.on("error", (error: NodeJS.ErrnoException) => {
      const isFull = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      if (worker === this.#worker) void this.#stop(isFull ? new AnalysisRefused("too-costly") : error);
    });
    return worker;
  }

  /** The thread, and the question that it works on. */
  async #stop(error: Error): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    const stopped = worker?.terminate();
    this.#end((asked) => asked.reject(error));
    await stopped;
  }

  #end(settle: (asked: Waiting) => void): void {
    clearTimeout(this.#timer);
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked !== undefined) settle(asked);
    this.#next();
  }
}
