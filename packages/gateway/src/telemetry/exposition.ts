import type { Metric } from "./samples.ts";

export interface Exposition {
  readonly type: string;
  readonly text: string;
}

/** The metrics of all processes of a gateway as one text. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export async function expose(processes: readonly (readonly Metric[])[]): Promise<Exposition> {
  const { default: client } = await import("prom-client");
  const registry = client.AggregatorRegistry.aggregate(processes.map((metrics) => [...metrics]));
  return { type: registry.contentType, text: await registry.metrics() };
}

/**
 * What processes that have ended had counted, as one. A sum over the processes that are there would fall when one ends, and a collector
 * takes a counter that falls for one that began again at zero: it would count everything once more.
 */
export async function countedBefore(before: readonly Metric[], last: readonly Metric[]): Promise<readonly Metric[]> {
  const { default: client } = await import("prom-client");
  const counters = last.filter(({ type, aggregator }) => type !== "gauge" && aggregator === "sum");
  const registry = client.AggregatorRegistry.aggregate([[...before], [...counters]]);
  return (await registry.getMetricsAsJSON()) as unknown as readonly Metric[];
}
