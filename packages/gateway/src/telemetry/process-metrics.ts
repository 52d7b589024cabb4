import { type CacheUses, usesOfCaches } from "../cache/bounded-cache.ts";
import { RequestMetrics } from "./request-metrics.ts";
import { metric, type Metric } from "./samples.ts";

/** Says how something is now. */
type Source = () => readonly Metric[] | Promise<readonly Metric[]>;

/** What one process knows of itself. Nothing is worked out before somebody asks. */
export class ProcessMetrics {
  readonly requests = new RequestMetrics();
  readonly #sources: Source[] = [() => this.requests.metrics(), cacheMetrics];

  /** Those of Node too: the library is loaded only for a gateway that is watched. */
  static async start(): Promise<ProcessMetrics> {
    const { default: client } = await import("prom-client");
    const metrics = new ProcessMetrics();
    const register = new client.Registry();
    // Half as often as by default: a look at the event loop wakes an idle process.
    client.collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 20 });
    metrics.add(async () => (await register.getMetricsAsJSON()) as unknown as readonly Metric[]);
    return metrics;
  }

  add(source: Source): void {
    this.#sources.push(source);
  }

  async now(): Promise<readonly Metric[]> {
    return (await Promise.all(this.#sources.map(async (source) => source()))).flat();
  }
}

/** Of one name together: a gateway in the process of a test has others beside it. */
function cacheMetrics(): readonly Metric[] {
  const byName = new Map<string, CacheUses>();
  for (const uses of usesOfCaches()) {
    const { name, hits, misses, weight, size } = uses;
    const sum = byName.get(name) ?? { name, hits: 0, misses: 0, weight: 0, size: 0 };
    byName.set(name, {
      name,
      hits: sum.hits + hits,
      misses: sum.misses + misses,
      weight: sum.weight + weight,
      size: sum.size + size,
    });
  }
  const each = (value: (uses: CacheUses) => number) =>
    [...byName.values()].map((uses) => ({ labels: { cache: uses.name }, value: value(uses) }));
  return [
    metric(
      "s3_credentials_cache_hits_total",
      each(({ hits }) => hits),
    ),
    metric(
      "s3_credentials_cache_misses_total",
      each(({ misses }) => misses),
    ),
    metric(
      "s3_credentials_cache_bytes",
      each(({ weight }) => weight),
    ),
    metric(
      "s3_credentials_cache_entries",
      each(({ size }) => size),
    ),
  ];
}
