import type { Histogram, Sample } from "./histogram.ts";
import { type LabelsOf, type MetricName, metricTable } from "./metric-table.ts";

/** A metric as it is now; the form in which prom-client gives and takes metrics of several processes. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: string;
  readonly values: readonly Sample[];
}

/** A value, with a text for each label of its metric. */
export interface Value<Name extends MetricName> {
  readonly value: number;
  readonly labels: Readonly<Record<LabelsOf<Name>, string>>;
}

/** What is known of a metric now. */
export function metric<Name extends MetricName>(name: Name, values: readonly Value<Name>[]): Metric {
  const { help, type, aggregator } = metricTable[name];
  return { name, help, type, aggregator, values };
}

/** A histogram for each set of labels. */
export function histograms<Name extends MetricName>(
  name: Name,
  all: readonly { readonly labels: Value<Name>["labels"]; readonly histogram: Histogram }[],
): Metric {
  const values = all.flatMap(({ labels, histogram }) => histogram.samples(name, labels));
  return { ...metric(name, []), values };
}
