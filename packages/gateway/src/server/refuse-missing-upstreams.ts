import { StoreError } from "../ports/store-error.ts";
import type { Config, UpstreamsSettings } from "./config.ts";

/**
 * `counts`: buckets on each upstream. `place`: what has them, for the operator. An option that was forgotten would be noticed only when somebody misses the objects, so the start is refused unless the operator wants it.
 */
export function refuseMissingUpstreams(
  counts: ReadonlyMap<string, number>,
  settings: UpstreamsSettings | undefined,
  { allowsMissingUpstreams }: Config,
  place: string,
): void {
  const missing = [...counts].filter(([name]) => settings?.upstreams.some((one) => one.name === name) !== true);
  if (missing.length === 0 || allowsMissingUpstreams) return;
  const list = missing.map(([name, buckets]) => `${name} (${buckets} ${buckets === 1 ? "bucket" : "buckets"})`);
  const options = missing.some(([name]) => name === "default")
    ? "--upstream or an entry of --upstreams"
    : "--upstreams";
  throw new StoreError(
    "conflict",
    `buckets of ${place} are on upstreams that are not given: ${list.join(", ")}; give them with ${options}, or start without them with --allow-missing-upstreams`,
  );
}
