/** A line of Prometheus' text: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export interface MetricLine {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The lines of a metric that is no histogram. */
export function valuesOf(text: string, name: string): readonly MetricLine[] {
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)]
    .filter(([, found]) => found === name)
    .map(([, , labels = "", value]) => ({
      labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", of = ""]) => [key, of])),
      value: Number(value),
    }));
}

/** `series` as it is written there, with its labels in order. */
export function valueOf(text: string, series: string): number | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}
