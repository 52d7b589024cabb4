import { X509Certificate } from "node:crypto";
import { statfs } from "node:fs/promises";
import type { TlsPair } from "../http/server.ts";
import type { Clock } from "../ports/clock.ts";
import type { LeaseState } from "../stores/postgres/lease-keeper.ts";
import { countedBefore, expose, type Exposition } from "../telemetry/exposition.ts";
import { ProcessMetrics } from "../telemetry/process-metrics.ts";
import { metric, type Metric } from "../telemetry/samples.ts";
import type { Config, UpstreamsSettings } from "./config.ts";
import { type MonitoringServer, openMonitoring } from "./monitoring-server.ts";
import type { Opened } from "./opened.ts";
import { reachEngine } from "./reach-engine.ts";
import { type Check, Readiness } from "./readiness.ts";
import type { TlsPairs } from "./listeners.ts";
import type { FolderAccess } from "./serve-requests.ts";
import type { Certificates } from "./tls-files.ts";

/** Processes that answer requests, beside the one that is asked. */
export interface OtherProcesses {
  readonly count: number;
  /** What each of them knows, by a number that no other one gets; undefined of one that does not say it in time. */
  metrics(): Promise<ReadonlyMap<number, readonly Metric[] | undefined>>;
}

/** Without which nothing is answered. */
export interface Watched extends Pick<FolderAccess, "directory" | "keyring"> {
  /** Writes of each database that are not committed or refused yet. */
  waitingWrites(): Readonly<Record<string, number>>;
  /** Of the work that it does by itself. */
  metrics(): readonly Metric[];
  /** By which it uses what it has kept of a directory that it shares. Absent, undefined: it has the directory alone. */
  readonly lease?: () => LeaseState | undefined;
  /** What is wrong with the place of its own directory. Absent: it has none. */
  readonly placeFault?: () => string | undefined;
  /** Absent, undefined: nothing is notified. */
  readonly notificationMetrics?: (() => Promise<readonly Metric[]>) | undefined;
}

/** What there is to see of a gateway from outside. */
export class Monitoring {
  readonly metrics: ProcessMetrics;
  readonly #readiness = new Readiness();
  #server: MonitoringServer | undefined;
  #others: OtherProcesses | undefined;
  /** Of other processes, when they were last asked. */
  #last: ReadonlyMap<number, readonly Metric[]> = new Map();
  /** Of those that have ended. */
  #before: readonly Metric[] = [];

  private constructor(metrics: ProcessMetrics) {
    this.metrics = metrics;
  }

  /** Answers from now on that the gateway starts. Undefined: nobody wants to see it. Rejects when the address cannot be used. */
  static async open({ metrics: address }: Config, version: string, opened: Opened): Promise<Monitoring | undefined> {
    if (address === undefined) return undefined;
    const monitoring = new Monitoring(await ProcessMetrics.start());
    const readiness = monitoring.#readiness;
    monitoring.metrics.add(() => [
      ...readiness.metrics(),
      metric("s3_credentials_build_info", [{ labels: { version, node: process.version }, value: 1 }]),
      metric("s3_credentials_processes", [{ labels: {}, value: monitoring.#others?.count ?? 1 }]),
    ]);
    const server = await openMonitoring(address, {
      report: () => readiness.report(),
      expose: () => monitoring.#expose(),
    });
    monitoring.#server = server;
    opened.add(() => server.close());
    opened.add(() => readiness.stop());
    return monitoring;
  }

  get port(): number | undefined {
    return this.#server?.port;
  }

  /** The gateway answers requests from now on; or `others` do. */
  async begin(folder: Watched, parts: BeginParts): Promise<void> {
    const { config, clock, upstreams, certificates, others } = parts;
    this.#others = others;
    this.metrics.add(() => diskMetrics(config));
    this.metrics.add(() => folder.metrics());
    this.metrics.add(() => [writeMetrics(folder), ...leaseMetrics(folder.lease?.())]);
    if (folder.notificationMetrics !== undefined) this.metrics.add(folder.notificationMetrics);
    this.metrics.add(() => certificateMetrics(certificates.pairs));
    await this.#readiness.start(checksOf(folder, clock, upstreams, others));
  }

  drain(): void {
    this.#readiness.drain();
  }

  async #expose(): Promise<Exposition> {
    const own = (await this.metrics.now()).map(ofThisProcess);
    const others = [...((await this.#others?.metrics()) ?? [])].map(
      ([number, now]) => [number, now ?? this.#last.get(number) ?? []] as const,
    );
    const last = this.#last;
    this.#last = new Map(others);
    for (const [number, metrics] of last)
      if (!this.#last.has(number)) this.#before = await countedBefore(this.#before, metrics);
    return expose([own, ...this.#last.values(), this.#before]);
  }
}

interface BeginParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly upstreams: UpstreamsSettings | undefined;
  readonly certificates: Pick<Certificates, "pairs">;
  readonly others?: OtherProcesses;
}

function checksOf(
  { directory, keyring, placeFault }: Watched,
  clock: Clock,
  upstreams: UpstreamsSettings | undefined,
  others: OtherProcesses | undefined,
): readonly Check[] {
  const database = async (): Promise<void> => {
    await directory.reader.get("SELECT 1", [], () => true);
    const fault = placeFault?.();
    if (fault !== undefined) throw new Error(fault);
  };
  const sealing = async (): Promise<void> => {
    const keys = await keyring.keys();
    if (!keys.some(({ state, created }) => state === "sealing" && created <= clock.now()))
      throw new Error("no key of the keyring seals sessions");
  };
  const processes = async (): Promise<void> => {
    if (others?.count === 0) throw new Error("no process answers requests; another one takes its place");
  };
  return [
    { name: "database", run: database },
    { name: "keyring", run: sealing },
    ...(others === undefined ? [] : [{ name: "processes", run: processes }]),
    // A gateway that lost one of several engines has work that no other gateway does better: they all have the same engines.
    ...(upstreams?.upstreams ?? []).map((one) => ({
      name: `engine ${one.name}`,
      group: "engines",
      run: reachEngine(one, clock),
    })),
  ];
}

/** Such as the time of the start: it cannot be added up, and of the process that is watched it says what is asked for. */
function ofThisProcess(one: Metric): Metric {
  return one.aggregator === "omit" ? { ...one, aggregator: "first" } : one;
}

function certificateMetrics(pairs: TlsPairs): readonly Metric[] {
  const values = Object.entries(pairs).flatMap(([listener, pair]: [string, TlsPair | undefined]) =>
    pair === undefined
      ? []
      : [{ labels: { listener }, value: Date.parse(new X509Certificate(pair.cert).validTo) / 1000 }],
  );
  return [metric("s3_credentials_certificate_not_after_seconds", values)];
}

function writeMetrics(folder: Watched): Metric {
  const values = Object.entries(folder.waitingWrites()).map(([database, value]) => ({ labels: { database }, value }));
  return metric("s3_credentials_writes_waiting", values);
}

function leaseMetrics(lease: LeaseState | undefined): readonly Metric[] {
  const one = (value: (state: LeaseState) => number) =>
    lease === undefined ? [] : [{ labels: {}, value: value(lease) }];
  return [
    metric(
      "s3_credentials_lease_remaining_seconds",
      one(({ remaining }) => remaining / 1000),
    ),
    metric(
      "s3_credentials_lease_failures_total",
      one(({ failures }) => failures),
    ),
    metric(
      "s3_credentials_changes_unconfirmed",
      one(({ unconfirmed }) => unconfirmed),
    ),
  ];
}

/** As the guard of free space counts them. */
async function diskMetrics({ dataDir, minFreeSpace }: Config): Promise<readonly Metric[]> {
  const { bavail, blocks, bsize } = await statfs(dataDir);
  const size = blocks * bsize;
  const floor = Math.max(minFreeSpace.bytes, (size * minFreeSpace.percent) / 100);
  return [
    metric("s3_credentials_disk_free_bytes", [{ labels: {}, value: bavail * bsize }]),
    metric("s3_credentials_disk_size_bytes", [{ labels: {}, value: size }]),
    metric("s3_credentials_disk_floor_bytes", [{ labels: {}, value: floor }]),
  ];
}
