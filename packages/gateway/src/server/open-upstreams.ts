import { createRouter } from "../data-planes/router.ts";
import { allAbilities } from "../data-planes/upstream/abilities.ts";
import { createUpstreamPlane, type UpstreamPlane } from "../data-planes/upstream/upstream-plane.ts";
import type { BucketHomes } from "../ports/bucket-homes.ts";
import type { Clock } from "../ports/clock.ts";
import type { DataPlane } from "../ports/data-plane.ts";
import type { RequestLog } from "../ports/request-log.ts";
import { EngineError } from "../ports/store-error.ts";
import { createBucketHomes, localHomes } from "./bucket-homes.ts";
import type { Opened } from "./opened.ts";
import type { UpstreamSettings, UpstreamsSettings } from "./parse-upstream-config.ts";
import { startJobs } from "./start-jobs.ts";
import { readCa, UpstreamKeys } from "./upstream-files.ts";

/** Where objects are, for requests. */
export interface Engines {
  readonly objects: DataPlane;
  readonly homes: BucketHomes;
}

interface UpstreamParts {
  readonly upstreams: UpstreamsSettings | undefined;
  readonly clock: Clock;
  readonly log: RequestLog;
}

const lookEveryMs = 1000;

/** Each process that answers requests has connections of its own. Throws when a file of credentials or certificates cannot be used. */
export function openUpstreams(
  { upstreams: settings, clock, log }: UpstreamParts,
  local: DataPlane,
  opened: Opened,
): Engines {
  const planes = new Map<string, UpstreamPlane>();
  const find = async (name: string): Promise<UpstreamPlane> => {
    const plane = planes.get(name);
    if (plane !== undefined) return plane;
    const options = name === "default" ? "--upstream, or an entry of --upstreams," : "an entry of --upstreams";
    throw new EngineError(
      "unavailable",
      `a bucket is on the upstream ${name}, which is not given: restart with ${options} of this name`,
    );
  };
  if (settings === undefined) return { objects: createRouter(local, find), homes: localHomes };
  const keys: UpstreamKeys[] = [];
  for (const upstream of settings.upstreams) {
    const own = new UpstreamKeys(upstream);
    keys.push(own);
    const plane = openPlane(upstream, own, clock);
    planes.set(upstream.name, plane);
    opened.add(() => plane.close());
  }
  const look = async (): Promise<void> => {
    for (const one of keys) await one.look((line) => log.warning(line));
  };
  const jobs = startJobs([{ name: "credentials of upstreams", every: lookEveryMs, run: look }], (name, error) =>
    log.jobFailed(name, error),
  );
  opened.add(() => jobs.stop());
  return {
    objects: createRouter(local, find),
    homes: createBucketHomes(settings, async (name) => {
      const plane = await find(name);
      return { ...plane, keepsTags: allAbilities.tags };
    }),
  };
}

function openPlane(upstream: UpstreamSettings, keys: UpstreamKeys, clock: Clock): UpstreamPlane {
  const { name, url: endpoint, region, style } = upstream;
  const ca = readCa(upstream);
  return createUpstreamPlane({
    name,
    endpoint,
    region,
    pathStyle: style === "path",
    clock,
    abilities: allAbilities,
    ...(ca === undefined ? {} : { ca }),
    // Of each request, because they change while the gateway runs.
    get credentials() {
      return keys.current;
    },
  });
}
