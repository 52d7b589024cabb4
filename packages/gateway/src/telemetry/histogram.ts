/** A number with its labels, for a collector. */
export interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Of the parts of a histogram: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/** Upper bounds in seconds: from a small object out of memory to a large one on a slow line. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** How often something took how long. To count costs an addition and a short search; the sums are made when somebody looks. */
export class Histogram {
  /** How many were in each range; the last is above all bounds. */
  readonly #counts = new Float64Array(bounds.length + 1);
  #seconds = 0;

  observe(ms: number): void {
    const seconds = ms / 1000;
    this.#seconds += seconds;
    let range = 0;
    while (range < bounds.length && seconds > (bounds[range] ?? Infinity)) range += 1;
    this.#counts[range] = (this.#counts[range] ?? 0) + 1;
  }

  /** https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries */
  samples(name: string, labels: Sample["labels"]): readonly Sample[] {
    let count = 0;
    const buckets = Array.from(this.#counts, (own, range) => {
      count += own;
      return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[range] ?? "+Inf" }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#seconds },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
