import cluster, { type Worker } from "node:cluster";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { newWriterId } from "../data-planes/local/local-plane.ts";
import type { OtherReaders } from "../data-planes/local/read-leases.ts";
import type { LocalKey } from "../domain/keyring/kms-keys.ts";
import type { TlsPair } from "../http/server.ts";
import type { RequestLog } from "../ports/request-log.ts";
import type { Metric } from "../telemetry/samples.ts";
import { Calls } from "./calls.ts";
import type { Config, NotificationTarget, UpstreamsSettings } from "./config.ts";
import type { Folder } from "./open-folder.ts";
import type { Listening, TlsPairs } from "./listeners.ts";
import type { PrimaryApi, SentConfig, WorkerApi } from "./worker-api.ts";

/** One process, from its start to its end. */
interface Running {
  readonly number: number;
  /** It hears messages; or it has ended. */
  readonly awake: Promise<unknown>;
  readonly calls: Calls<WorkerApi, PrimaryApi>;
  /** Resolves with how it ended, when everything that it sent has come. */
  readonly ended: Promise<string>;
  readonly disconnect: () => void;
  readonly kill: () => void;
}

interface Served {
  readonly folder: Folder;
  readonly localKeys: readonly LocalKey[];
  readonly upstreams: UpstreamsSettings | undefined;
  readonly targets: readonly NotificationTarget[] | undefined;
}

export interface WorkersParts {
  readonly config: Config;
  readonly log: RequestLog;
  /** The certificates as they are now. */
  readonly tls: () => TlsPairs;
}

/** A worker that ended sooner than this after its start is not followed at once. */
const restMs = 1000;
const metricsMs = 2000;
/** So much longer than requests under way may take: what was accepted is written then. */
const stopMs = 20_000;

/**
 * The processes that answer requests, started by the process that holds the data folder. They share the addresses: this process accepts
 * each connection and gives it to the next of them in turn. One that ends is followed by another.
 */
export class Workers {
  readonly #parts: WorkersParts;
  #config: SentConfig;
  #listening: Listening | undefined;
  #served: Served | undefined;
  readonly #running = new Set<Running>();
  #stopping: Promise<void> | undefined;
  #started = 0;

  private constructor(parts: WorkersParts) {
    this.#parts = parts;
    const { trustedProxies, ...config } = parts.config;
    this.#config = { ...config, trustedProxies: trustedProxies.texts };
    cluster.setupPrimary({
      exec: fileURLToPath(new URL("../../bundle/worker-process.js", import.meta.url)),
      args: [],
      serialization: "advanced",
      // What a worker logs goes through this process, so that no line is cut by another one's.
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
  }

  /** Rejects when an address cannot be used; no process is left then. Each connection gets 503 until they `serve`. */
  static async start(parts: WorkersParts): Promise<Workers> {
    const workers = new Workers(parts);
    try {
      await Promise.all(Array.from({ length: parts.config.workers }, () => workers.#start()));
      return workers;
    } catch (error) {
      await workers.stop();
      throw error;
    }
  }

  get listening(): Listening {
    if (this.#listening === undefined) throw new Error("no worker listens");
    return this.#listening;
  }

  /** From now on there are always so many. */
  async serve(served: Served): Promise<void> {
    this.#served = served;
    const all = [...this.#running];
    await Promise.all(all.map((running) => this.#join(running, served)));
    for (const running of all) void this.#follow(running, Date.now());
  }

  setTls(address: keyof TlsPairs, pair: TlsPair): void {
    this.#tellAll((calls) => calls.call("setTls", address, pair));
  }

  forgotten(hashes: readonly string[]): void {
    if (hashes.length > 0) this.#tellAll((calls) => calls.call("forgotten", hashes));
  }

  get count(): number {
    return this.#running.size;
  }

  /** See `OtherProcesses`: one that hangs must not keep the others from being seen. */
  async metrics(): Promise<ReadonlyMap<number, readonly Metric[] | undefined>> {
    const all = await Promise.all(
      [...this.#running].map(async ({ number, calls }) => {
        const late = sleep(metricsMs, undefined, { ref: false });
        return [number, await Promise.race([calls.call("metrics").catch(() => undefined), late])] as const;
      }),
    );
    return new Map(all);
  }

  endConnections(): void {
    this.#tellAll((calls) => calls.call("endConnections"));
  }

  /** Resolves when none is left. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stopAll());
  }

  async #stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((running) => this.#stop(running)));
  }

  async #stop({ awake, calls, ended, disconnect, kill }: Running): Promise<void> {
    const deadline = setTimeout(kill, this.#parts.config.drainTimeout + stopMs);
    await awake;
    await calls.call("stop").catch(() => {}); // it ended by itself
    disconnect();
    await ended;
    clearTimeout(deadline);
    await calls.settled();
  }

  #tellAll(tell: (calls: Running["calls"]) => Promise<void>): void {
    for (const { calls } of this.#running) tell(calls).catch(() => {}); // one that has ended needs to know nothing
  }

  async #start(): Promise<Running> {
    const running = this.#fork();
    await running.awake;
    const listening = await orKilled(running, running.calls.call("listen", this.#config, this.#parts.tls()));
    const before = (this.#listening ??= listening);
    const isSame = (["port", "consolePort", "websitePort"] as const).every((name) => listening[name] === before[name]);
    if (isSame) return running;
    // The system had chosen the port (`--port 0`), and all workers have ended at once: those that follow must listen on that same port.
    const { console, website } = this.#config;
    this.#config = {
      ...this.#config,
      port: before.port,
      console: console && { ...console, port: before.consolePort ?? console.port },
      website: website && { ...website, port: before.websitePort ?? website.port },
    };
    running.kill();
    await running.ended;
    throw new Error("the address was another one");
  }

  async #join(running: Running, { folder, localKeys, upstreams, targets }: Served): Promise<void> {
    const { objects, keyFile, account } = folder;
    const writerId = newWriterId();
    const leave = await objects.admit(writerId, readersOf(running));
    void this.#tidy(running, folder, leave);
    // Without their secrets: a worker sends nothing.
    const permitted = targets?.map(({ name, accounts }) => ({ name, accounts }));
    const { accountId } = account;
    const invitation = { writerId, accountId, keyFile, localKeys, upstreams, targets: permitted };
    await orKilled(running, running.calls.call("serve", invitation));
  }

  /** INVARIANT: files of a worker count as left behind only when it has ended and nothing that it sent is under way. */
  async #tidy({ ended, calls }: Running, { objects }: Folder, leave: () => void): Promise<void> {
    await ended;
    await calls.settled();
    leave();
    if (this.#stopping === undefined) await objects.sweep().catch(() => {}); // the job tries it again
  }

  async #follow(before: Running, since: number): Promise<void> {
    const how = await before.ended;
    if (this.#stopping !== undefined) return;
    this.#parts.log.warning(`a worker process ended (${how}): another one takes its place`);
    if (Date.now() - since < restMs) await sleep(restMs, undefined, { ref: false });
    const next = await this.#startAgain();
    if (next !== undefined) void this.#follow(next, Date.now());
  }

  /** Undefined: they are to stop. */
  async #startAgain(): Promise<Running | undefined> {
    while (this.#stopping === undefined) {
      try {
        const running = await this.#start();
        if (this.#served !== undefined) await this.#join(running, this.#served);
        return running;
      } catch (error) {
        if (this.#stopping === undefined) this.#parts.log.jobFailed("start of a worker process", error);
        await sleep(restMs, undefined, { ref: false });
      }
    }
    return undefined;
  }

  #fork(): Running {
    const worker = cluster.fork();
    const calls = new Calls<WorkerApi, PrimaryApi>(
      (messages) => worker.process.send(messages as never, () => {}), // the end of the process is heard of by its event
      primaryApi(() => this.#served?.folder),
    );
    worker.on("message", (messages: readonly unknown[]) => calls.receive(messages));
    if (worker.process.stderr !== null) passLines(worker.process.stderr, process.stderr);
    const ended = endOf(worker).then((how) => {
      this.#running.delete(running);
      calls.end(new Error(`a worker process ended (${how})`));
      return how;
    });
    const awake = Promise.race([new Promise((resolve) => worker.once("message", resolve)), ended]);
    const running = {
      number: (this.#started += 1),
      awake,
      calls,
      ended,
      disconnect: () => {
        if (worker.isConnected()) worker.process.disconnect();
      },
      kill: () => void worker.process.kill("SIGKILL"),
    };
    this.#running.add(running);
    return running;
  }
}

/** INVARIANT: no process is left that listens and does not serve. */
async function orKilled<T>({ kill }: Running, done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    kill();
    throw error;
  }
}

async function endOf(worker: Worker): Promise<string> {
  const exited = new Promise<string>((resolve) => {
    worker.on("exit", (code: number | null, signal: string | null) =>
      resolve(signal ?? `exit code ${code ?? "unknown"}`),
    );
  });
  const disconnected = new Promise<void>((resolve) => {
    worker.on("disconnect", () => resolve());
  });
  const [how] = await Promise.all([exited, disconnected]);
  return how;
}

function readersOf({ calls, ended }: Running): OtherReaders {
  return {
    async claim(ids) {
      try {
        const free = await calls.call("claim", ids);
        return { free, done: () => void calls.call("release").catch(() => {}) };
      } catch {
        await ended; // whoever has ended reads nothing
        return { free: ids, done: () => {} };
      }
    },
  };
}

function primaryApi(served: () => Folder | undefined): PrimaryApi {
  const folder = (): Folder => {
    const found = served();
    if (found === undefined) throw new Error("the data folder is not open yet");
    return found;
  };
  return {
    async write(database, write) {
      return folder()[database].writeFor(write);
    },
    addReads: async (events, now) => folder().record.journal.add(events, now),
    flushReads: async () => folder().record.journal.flush(),
    appendData: async (accountId, lines) => folder().record.appendData(accountId, lines),
    notify: async (messages) => folder().sendNotifications?.(messages),
    appendAccessLog: async (place, lines) => folder().accessLogs.append(place, lines),
    analyze: async (asker, question) => folder().analysis.ask(asker, question),
    settledScans: async (accountId) => folder().scans.settled(accountId),
    generateReport: async (grant, accountId) => folder().reports.generate(grant, accountId),
    findReport: async (accountId) => folder().reports.find(accountId),
  };
}

/** Whole lines only, because others write there too. */
function passLines(from: Readable, to: NodeJS.WritableStream): void {
  let rest: Buffer[] = [];
  from.on("data", (chunk: Buffer) => {
    const end = chunk.lastIndexOf(0x0a) + 1;
    if (end > 0) {
      const lines = chunk.subarray(0, end);
      to.write(rest.length === 0 ? lines : Buffer.concat([...rest, lines]));
      rest = [];
    }
    if (end < chunk.length) rest.push(chunk.subarray(end));
  });
  from.on("end", () => {
    if (rest.length > 0) to.write(Buffer.concat([...rest, Buffer.from("\n")]));
  });
}
