import { channel } from "node:diagnostics_channel";
import { Histogram } from "./histogram.ts";
import { histograms, metric, type Metric } from "./samples.ts";

/** What undici says of a request. https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md */
interface Sent {
  readonly request: { readonly origin?: unknown };
}
interface Answered extends Sent {
  readonly response: { readonly statusCode: number };
}

class EngineCounts {
  readonly statuses = new Float64Array(6);
  readonly duration = new Histogram();
  errors = 0;
  inFlight = 0;
}

/**
 * Counts requests to the engines behind the gateway as the HTTP client reports them, so the data plane does nothing for it and no request
 * is left out. `engines`: their names by their addresses.
 */
export class UpstreamMetrics {
  readonly #engines: ReadonlyMap<unknown, EngineCounts>;
  readonly #names: ReadonlyMap<string, EngineCounts>;
  readonly #begun = new WeakMap<object, number>();
  readonly #subscribed: readonly (readonly [string, (message: unknown) => void])[];

  constructor(engines: readonly { readonly name: string; readonly url: string }[]) {
    this.#names = new Map(engines.map(({ name }) => [name, new EngineCounts()]));
    this.#engines = new Map(
      engines.map(({ name, url }) => [new URL(url).origin, this.#names.get(name)] as const).filter(isKnown),
    );
    this.#subscribed = [
      ["undici:request:create", (message) => this.#create(message as Sent)],
      ["undici:request:headers", (message) => this.#headers(message as Answered)],
      ["undici:request:error", (message) => this.#error(message as Sent)],
    ];
    for (const [name, listener] of this.#subscribed) channel(name).subscribe(listener);
  }

  stop(): void {
    for (const [name, listener] of this.#subscribed) channel(name).unsubscribe(listener);
  }

  metrics(): readonly Metric[] {
    const all = [...this.#names].map(([engine, counts]) => ({ labels: { engine }, counts }));
    return [
      metric(
        "s3_credentials_upstream_requests_total",
        all.flatMap(({ labels, counts }) =>
          Array.from(counts.statuses, (value, digit) => ({
            labels: { ...labels, status: `${digit}xx` },
            value,
          })).filter(({ value }) => value > 0),
        ),
      ),
      metric(
        "s3_credentials_upstream_errors_total",
        all.map(({ labels, counts }) => ({ labels, value: counts.errors })),
      ),
      histograms(
        "s3_credentials_upstream_duration_seconds",
        all.map(({ labels, counts }) => ({ labels, histogram: counts.duration })),
      ),
      metric(
        "s3_credentials_upstream_requests_in_flight",
        all.map(({ labels, counts }) => ({ labels, value: counts.inFlight })),
      ),
    ];
  }

  #create({ request }: Sent): void {
    const counts = this.#engines.get(request.origin);
    if (counts === undefined) return;
    counts.inFlight += 1;
    this.#begun.set(request, performance.now());
  }

  #headers({ request, response }: Answered): void {
    const { statusCode } = response;
    if (statusCode < 200) return; // 100 Continue: the answer comes
    const counts = this.#end(request);
    if (counts === undefined) return;
    const digit = Math.trunc(statusCode / 100);
    counts.statuses[digit] = (counts.statuses[digit] ?? 0) + 1;
  }

  /** An error after the head is the body's: the answer has been counted. */
  #error({ request }: Sent): void {
    const counts = this.#end(request);
    if (counts !== undefined) counts.errors += 1;
  }

  #end(request: Sent["request"]): EngineCounts | undefined {
    const begun = this.#begun.get(request);
    const counts = this.#engines.get(request.origin);
    if (begun === undefined || counts === undefined) return undefined;
    this.#begun.delete(request);
    counts.inFlight -= 1;
    counts.duration.observe(performance.now() - begun);
    return counts;
  }
}

function isKnown(entry: readonly [string, EngineCounts | undefined]): entry is [string, EngineCounts] {
  return entry[1] !== undefined;
}
