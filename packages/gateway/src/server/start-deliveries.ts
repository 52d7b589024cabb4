import { join } from "node:path";
import { createPolicyPrograms } from "../authz/policy-programs.ts";
import type { SpaceGuard } from "../data-planes/local/space-guard.ts";
import { AccessLogDeliverer } from "../deliveries/access-log-deliverer.ts";
import { Deliverer } from "../deliveries/deliver.ts";
import { InventoryRunner } from "../deliveries/inventory-runner.ts";
import type { AccessSecrets } from "../domain/keyring/access-secrets.ts";
import { canonicalOwner } from "../operations/s3/reply.ts";
import { createTimeBudget } from "../pipeline/time-budget.ts";
import type { AccessLogQueue } from "../ports/access-log.ts";
import type { BucketRegistry } from "../ports/bucket-registry.ts";
import type { Clock } from "../ports/clock.ts";
import type { DataPlane } from "../ports/data-plane.ts";
import type { IdentityStore } from "../ports/identity.ts";
import type { KmsKeys } from "../ports/kms-keys.ts";
import type { Notifications } from "../ports/notifications.ts";
import type { RequestLog } from "../ports/request-log.ts";
import { AccessLogSpool } from "../stores/files/access-log-spool.ts";
import { lifecycleBuckets } from "../stores/sql/buckets/bucket-registry.ts";
import { inventoryRuns } from "../stores/sql/buckets/inventories.ts";
import { movingPlaces } from "../stores/sql/buckets/bucket-moves.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { principalDirectory } from "../stores/sql/identity/principal-directory.ts";
import type { Sessions } from "../stores/sql/sessions/sessions.ts";
import { metric, type Metric } from "../telemetry/samples.ts";
import type { Config, UpstreamsSettings } from "./config.ts";
import { dataEventBuffer, type RecordAccess } from "./open-record.ts";
import { openUpstreams } from "./open-upstreams.ts";
import type { Opened } from "./opened.ts";
import { startJobs } from "./start-jobs.ts";

interface Parts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: RequestLog;
  readonly upstreams: UpstreamsSettings | undefined;
}

/** What the process has that carries deliveries out. */
interface Held {
  readonly directory: DirectoryDatabase;
  readonly registry: BucketRegistry;
  readonly identity: IdentityStore;
  readonly secrets: AccessSecrets;
  readonly sessions: Sessions;
  readonly kmsKeys: KmsKeys;
  /** Of the data folder; undefined: all objects are on engines. */
  readonly objects: DataPlane | undefined;
  readonly record: Pick<RecordAccess, "appendData">;
  readonly guard: Pick<SpaceGuard, "admit">;
  /** Undefined: none are sent. */
  readonly notifications: Notifications | undefined;
}

export interface Deliveries {
  readonly accessLogs: AccessLogQueue;
  readonly metrics: () => readonly Metric[];
}

/** How long lines are gathered for one object. */
const gatherMs = 5 * 60 * 1000;
const lookEveryMs = 1000;
const maxSpoolBytes = 512 * 1024 * 1024;

/** What services write into buckets, in the one process that holds the data folder. */
export async function startDeliveries(parts: Parts, held: Held, opened: Opened): Promise<Deliveries> {
  const { config, clock, log } = parts;
  const { directory, registry, identity, secrets, sessions, kmsKeys, record, guard } = held;
  const now = (): number => clock.now();
  const limits = { maxBytes: maxSpoolBytes, gatherMs };
  const spool = await AccessLogSpool.open(join(config.dataDir, "access-logs"), now, limits);
  const program = createPolicyPrograms().named;
  const { objects } = openUpstreams(parts, held.objects, movingPlaces(directory), opened);
  const events = dataEventBuffer({ config, record, clock, log });
  const deliverer = new Deliverer({
    ports: {
      buckets: registry,
      clock,
      encryptsByDefault: config.encrypts,
      identity,
      kmsKeys,
      notifications: held.notifications,
      objects,
      principals: principalDirectory({ database: directory, secrets, sessions, program }),
      region: config.region,
    },
    time: createTimeBudget(),
    events,
  });
  const buckets = lifecycleBuckets(directory, registry);
  const read = (id: string): ReturnType<typeof buckets.read> => buckets.read(id);
  const warn = (line: string): void => log.warning(line);
  const accessLogs = new AccessLogDeliverer({ spool, deliverer, read, clock, warn });
  const inventories = new InventoryRunner({
    runs: inventoryRuns(directory),
    deliverer,
    plane: objects,
    canonicalId: (owner) => canonicalOwner({ identity }, { owner }),
    read,
    clock,
    warn,
  });
  const jobs = startJobs(
    [
      { name: "access logs", every: lookEveryMs, run: () => accessLogs.run() },
      { name: "inventories", every: lookEveryMs, run: () => inventories.run() },
    ],
    (name, error) => log.jobFailed(name, error),
  );
  opened.add(async () => {
    const ended = [accessLogs.stop(), inventories.stop(), jobs.stop()];
    deliverer.stop();
    await Promise.all(ended);
    await events.flush();
  });
  return {
    accessLogs: {
      async append(place, lines) {
        // They leave the floor of free space alone, as objects do.
        const admission = await guard.admit(lines.length);
        try {
          await spool.append(place, lines);
        } finally {
          admission.end();
        }
      },
    },
    metrics: () => [
      metric(
        "s3_credentials_deliveries_total",
        [...deliverer.counts].flatMap(([service, { delivered, refused }]) => [
          { labels: { service, outcome: "delivered" }, value: delivered },
          { labels: { service, outcome: "refused" }, value: refused },
        ]),
      ),
      metric("s3_credentials_access_log_waiting_bytes", [{ labels: {}, value: spool.bytes }]),
      metric("s3_credentials_access_log_lines_dropped_total", [
        { labels: { reason: "undelivered" }, value: spool.droppedLines },
      ]),
    ],
  };
}
