import { EngineCalls } from "./engine-calls.ts";
import { Histogram } from "./histogram.ts";
import { histograms, metric, type Metric } from "./samples.ts";

class EngineCounts {
  readonly statuses = new Float64Array(6);
  readonly duration = new Histogram();
  errors = 0;
  inFlight = 0;
}

interface Call {
  readonly counts: EngineCounts;
  readonly begun: number;
  isAnswered: boolean;
}

/** Counts requests to the engines behind the gateway. */
export class UpstreamMetrics {
  readonly #engines: ReadonlyMap<string, EngineCounts>;
  readonly #calls: EngineCalls<Call>;

  constructor(engines: readonly { readonly name: string; readonly url: string }[]) {
    this.#engines = new Map(engines.map(({ name }) => [name, new EngineCounts()]));
    this.#calls = new EngineCalls(engines, {
      begin: (engine) => this.#begin(engine),
      answered(call, status) {
        const { statuses, duration } = call.counts;
        const digit = Math.trunc(status / 100);
        statuses[digit] = (statuses[digit] ?? 0) + 1;
        duration.observe(performance.now() - call.begun);
        call.isAnswered = true;
      },
      failed(call) {
        if (!call.isAnswered) call.counts.errors += 1;
      },
      ended(call) {
        call.counts.inFlight -= 1;
      },
    });
  }

  stop(): void {
    this.#calls.stop();
  }

  metrics(): readonly Metric[] {
    const all = [...this.#engines].map(([engine, counts]) => ({ labels: { engine }, counts }));
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

  #begin(engine: string): Call | undefined {
    const counts = this.#engines.get(engine);
    if (counts === undefined) return undefined;
    counts.inFlight += 1;
    return { counts, begun: performance.now(), isAnswered: false };
  }
}
