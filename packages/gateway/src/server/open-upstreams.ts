import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { movablePlaces } from "../data-planes/movable-places.ts";
import { createRouter } from "../data-planes/router.ts";
import { type Abilities, abilityNames } from "../data-planes/upstream/abilities.ts";
import { probeAbilities } from "../data-planes/upstream/probe-abilities.ts";
import { createUpstreamPlane, type UpstreamPlane } from "../data-planes/upstream/upstream-plane.ts";
import type { BucketHomes } from "../ports/bucket-homes.ts";
import type { MovingPlaces } from "../ports/bucket-moves.ts";
import type { Clock } from "../ports/clock.ts";
import type { DataPlane } from "../ports/data-plane.ts";
import { storageClasses } from "../ports/object-version.ts";
import type { RequestLog } from "../ports/request-log.ts";
import { EngineError } from "../ports/store-error.ts";
import { createBucketHomes, localHomes } from "./bucket-homes.ts";
import type { Opened } from "./opened.ts";
import type { UpstreamSettings, UpstreamsSettings } from "./config.ts";
import { startJobs } from "./start-jobs.ts";
import { UpstreamFiles } from "./upstream-files.ts";

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
/** How long an engine that could not be used is not tried again. */
const restMs = 1000;

/** Of the requests that find out what an engine can do: the start waits for them. */
const probeTimeouts = { connect: 5000, answer: 10_000, work: 10_000 };

/** How long the start waits for all of them, ms: users and policies do not need the engine. */
const startLimitMs = 20_000;
/** How long a stop waits for a probe, ms, that would leave its bucket on the engine. */
const closeLimitMs = 5000;

/**
 * What each engine can do. One that cannot be used now, or not in time, is a warning and no more: the gateway serves other buckets, and asks
 * it again when somebody wants one of its own.
 */
export async function probeUpstreams(
  settings: UpstreamsSettings | undefined,
  clock: Clock,
  warn: (line: string) => void,
  limitMs = startLimitMs,
): Promise<UpstreamsSettings | undefined> {
  if (settings === undefined) return undefined;
  const probed = settings.upstreams.map(async (upstream): Promise<UpstreamSettings> => {
    try {
      const abilities = await within(limitMs, probe(upstream, new UpstreamFiles(upstream), clock));
      if (abilities === undefined)
        throw new Error(`the upstream ${upstream.name} does not show in ${limitMs / 1000} seconds what it can do`);
      return { ...upstream, abilities };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      warn(
        `${why}; requests for its buckets get 503 until the upstream ${upstream.name} at ${upstream.url} can be used`,
      );
      return upstream;
    }
  });
  return { ...settings, upstreams: await Promise.all(probed) };
}

/** The result of the work; undefined when it takes longer. The work is not stopped then, and its result is dropped. */
function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return Promise.race([work, sleep(ms, undefined, { ref: false })]);
}

/** What an engine may lack without anybody's noticing. */
const unseen: readonly string[] = ["countsTags", "quotesIfMatch"];

/** A line for each engine that was reached: what it cannot do. */
export function describeUpstreams(settings: UpstreamsSettings | undefined): readonly string[] {
  return (settings?.upstreams ?? []).flatMap(({ name, url, abilities }) => {
    if (abilities === undefined) return [];
    const { storageClasses: kept } = abilities;
    const classes = storageClasses.filter((one) => !kept.includes(one));
    const names = Object.keys(abilityNames) as (keyof typeof abilityNames)[];
    const lacks = [
      ...names.filter((one) => abilities[one] === false && !unseen.includes(one)).map((one) => abilityNames[one]),
      ...(classes.length === 0 ? [] : [`storage classes but ${kept.join(", ")}`]),
    ];
    return [`${name} at ${url}${lacks.length === 0 ? "" : ` (cannot do: ${lacks.join("; ")})`}`];
  });
}

/** Each process that answers requests has connections of its own. Throws when a file of credentials or certificates cannot be used. */
export function openUpstreams(
  parts: UpstreamParts,
  local: DataPlane | undefined,
  places: MovingPlaces,
  opened: Opened,
): Engines {
  const { router, find } = openRouter(parts, local, opened);
  const objects = movablePlaces(router, places);
  if (parts.upstreams === undefined) return { objects, homes: localHomes };
  const ask = async (name: string) => {
    const { plane, abilities } = await find(name);
    return { ...plane, keepsTags: abilities.tags };
  };
  const homes = createBucketHomes(parts.upstreams, ask, { hasLocal: local !== undefined });
  return { objects, homes };
}

/** All planes, for work that is not a request: it may write where requests may not. */
export function openPlanes(parts: UpstreamParts, local: DataPlane, opened: Opened): DataPlane {
  return openRouter(parts, local, opened).router;
}

interface Planes {
  readonly router: DataPlane;
  readonly find: (upstream: string) => Promise<Usable>;
}

function openRouter(
  { upstreams: settings, clock, log }: UpstreamParts,
  local: DataPlane | undefined,
  opened: Opened,
): Planes {
  const engines = new Map<string, OpenUpstream>();
  const find = async (name: string): Promise<Usable> => {
    const engine = engines.get(name);
    if (engine !== undefined) return engine.usable();
    const options = name === "default" ? "--upstream, or an entry of --upstreams," : "an entry of --upstreams";
    throw new EngineError(
      "unavailable",
      `a bucket is on the upstream ${name}, which is not given: restart with ${options} of this name`,
    );
  };
  const router = createRouter(local, async (name) => (await find(name)).plane);
  if (settings === undefined) return { router, find };
  for (const upstream of settings.upstreams) {
    const engine = new OpenUpstream(upstream, clock);
    engines.set(upstream.name, engine);
    opened.add(() => engine.close());
  }
  const look = async (): Promise<void> => {
    for (const { files } of engines.values()) await files.look((line) => log.warning(line));
  };
  const jobs = startJobs([{ name: "files of upstreams", every: lookEveryMs, run: look }], (name, error) =>
    log.jobFailed(name, error),
  );
  opened.add(() => jobs.stop());
  return { router, find };
}

interface Usable {
  readonly plane: UpstreamPlane;
  readonly abilities: Abilities;
}

/** An engine, used from when it is known what it can do. */
class OpenUpstream {
  readonly files: UpstreamFiles;
  readonly #upstream: UpstreamSettings;
  readonly #clock: Clock;
  #usable: Promise<Usable> | undefined;
  #failed: { readonly at: number; readonly error: unknown } | undefined;

  constructor(upstream: UpstreamSettings, clock: Clock) {
    this.#upstream = upstream;
    this.#clock = clock;
    this.files = new UpstreamFiles(upstream);
    if (upstream.abilities !== undefined) this.#usable = Promise.resolve(this.#open(upstream.abilities));
  }

  /** One request at a time finds out what the engine can do, and the others wait for it. */
  usable(): Promise<Usable> {
    if (this.#usable !== undefined) return this.#usable;
    const failed = this.#failed;
    if (failed !== undefined && this.#clock.monotonic() - failed.at < restMs) return Promise.reject(failed.error);
    const usable = probe(this.#upstream, this.files, this.#clock).then((abilities) => this.#open(abilities));
    this.#usable = usable;
    usable.catch((error: unknown) => {
      this.#failed = { at: this.#clock.monotonic(), error };
      this.#usable = undefined;
    });
    return usable;
  }

  async close(): Promise<void> {
    const usable = this.#usable?.catch(() => undefined);
    if (usable !== undefined) await (await within(closeLimitMs, usable))?.plane.close();
  }

  #open(abilities: Abilities): Usable {
    return { plane: createUpstreamPlane(optionsOf(this.#upstream, this.files, this.#clock, abilities)), abilities };
  }
}

function optionsOf<A extends Abilities | undefined>(
  upstream: UpstreamSettings,
  files: UpstreamFiles,
  clock: Clock,
  abilities: A,
) {
  const { name, url: endpoint, region, style } = upstream;
  return {
    name,
    endpoint,
    region,
    pathStyle: style === "path",
    clock,
    abilities,
    ...(abilities === undefined ? { timeouts: probeTimeouts } : {}),
    // Asked for again and again, because they change while the gateway runs.
    get credentials() {
      return files.keys;
    },
    get ca() {
      return files.ca;
    },
  };
}

/** Tries everything in a bucket that is there only for that. */
async function probe(upstream: UpstreamSettings, files: UpstreamFiles, clock: Clock): Promise<Abilities> {
  const options = optionsOf(upstream, files, clock, undefined);
  const given = upstream.probe;
  if (given !== undefined) return probeAbilities(options, given, { isThere: true });
  return probeAbilities(options, probeBucket(upstream), { isThere: false }).catch((error: unknown) => {
    if (!(error instanceof EngineError && / 403 AccessDenied /.test(error.message))) throw error;
    const hint =
      "; the keys must be allowed to make and delete a bucket, or give one with --upstream-probe (probe in FILE)";
    throw new EngineError(error.kind, `${error.message}${hint}`, { cause: error });
  });
}

/** The name of a bucket that nobody has. */
export function probeBucket(upstream: Pick<UpstreamSettings, "prefix">): string {
  const prefix = upstream.prefix.replaceAll("{account}", "0".repeat(12));
  return `${prefix}probe-${randomBytes(8).toString("hex")}`.slice(0, 63);
}
