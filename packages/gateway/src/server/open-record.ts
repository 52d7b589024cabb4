import { join } from "node:path";
import type { SpaceGuard } from "../data-planes/local/space-guard.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { Ports } from "../ports/ports.ts";
import type { RequestLog } from "../ports/request-log.ts";
import { DataEventBuffer } from "../record/data-event-buffer.ts";
import { Recorder } from "../record/recorder.ts";
import { EventSegments } from "../stores/files/event-segments.ts";
import { openDatabase } from "../stores/sqlite/database.ts";
import type { DirectoryDatabase } from "../stores/sqlite/identity/directory-database.ts";
import { readOutbox } from "../stores/sqlite/record/event-outbox.ts";
import { ReadJournal } from "../stores/sqlite/record/read-journal.ts";
import { recordMigrations } from "../stores/sqlite/record/record-migrations.ts";
import type { RecordProcedures } from "../stores/sqlite/record/record-procedures.ts";
import { sqliteEventStore } from "../stores/sqlite/record/sqlite-event-store.ts";
import type { Config } from "./config.ts";

/** The record of a data folder: record.db, and the folder `events` with data events. */
export interface OpenRecord {
  readonly store: EventStore;
  readonly segments: EventSegments;
  /** `portsOver`: the ports, with a directory of one's own. */
  recorder(directory: DirectoryDatabase, portsOver: (directory: DirectoryDatabase) => Ports): Recorder;
  /** Takes over events of changes that a crash left in the directory alone. */
  takeOver(directory: DirectoryDatabase): Promise<void>;
  /** Background work. */
  tend(): Promise<void>;
  close(): Promise<void>;
}

const dayMs = 24 * 60 * 60 * 1000;

interface Parts {
  readonly config: Config;
  readonly guard: SpaceGuard;
  readonly clock: Clock;
  readonly log: RequestLog;
}

export async function openRecord({ config, guard, clock, log }: Parts): Promise<OpenRecord> {
  const { dataDir, region, eventAge, eventSize } = config;
  const now = (): number => clock.now();
  const makeRoom = async (): Promise<boolean> => {
    await guard.releaseReserve();
    return true;
  };
  const database = await openDatabase<RecordProcedures>({
    path: join(dataDir, "record.db"),
    migrations: recordMigrations,
    procedures: new URL("../../bundle/record-procedures.js", import.meta.url),
    makeRoom,
  });
  const move = (lines: Uint8Array, again: boolean): Promise<void> =>
    database.write("addReads", { lines, again, now: now() });
  const [journal, segments] = await Promise.all([
    ReadJournal.open({ folder: dataDir, move, makeRoom }),
    EventSegments.open(join(dataDir, "events"), now, { maxBytes: eventSize, maxAge: eventAge }),
  ]).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const store = sqliteEventStore(database, journal);
  const data = new DataEventBuffer({
    append: async (accountId, lines) => {
      // Data events leave the floor of free space alone, as objects do.
      const admission = await guard.admit(lines.length);
      try {
        await segments.append(accountId, lines);
      } finally {
        admission.end();
      }
    },
    now,
    region,
    warn: (line) => log.warning(line),
    // Together, over the days that events are kept, a quarter of the space for events; at least some tens of events a day.
    outsidersBytes: Math.max(64 * 1024, eventSize / 4 / (eventAge / dayMs)),
  });
  return {
    store,
    segments,
    recorder: (directory, portsOver) =>
      new Recorder({
        store,
        ports: (events, ran) => portsOver(directory.alongside("recordChange", events, ran)),
        readPorts: portsOver(unchanging(directory)),
        data,
        allData: config.dataEvents,
        clock,
        region,
        log,
      }),
    takeOver: (directory) => takeOver(directory, store, now()),
    async tend() {
      await store.tend({ before: now() - eventAge, maxBytes: eventSize });
      await segments.trim();
    },
    async close() {
      await data.flush();
      await segments.close();
      await journal.close();
      await database.close();
    },
  };
}

/** INVARIANT: a change that would have no event is not made. */
function unchanging(directory: DirectoryDatabase): DirectoryDatabase {
  return {
    ...directory,
    write: (procedure, ..._args) => Promise.reject(new Error(`record: ${procedure} in an operation that only reads`)),
    alongside: () => unchanging(directory),
  };
}

/** An event that is in record.db already came there with the answer, so that one is the whole event. */
async function takeOver(directory: DirectoryDatabase, store: EventStore, now: number): Promise<void> {
  const left = readOutbox(directory.reader);
  if (left.length === 0) return;
  for (const event of left) {
    const { accountId, eventId } = event;
    const known = await store.lookup({
      accountId,
      key: `EventId=${eventId}`,
      from: 0,
      to: now,
      before: undefined,
      limit: 1,
    });
    if (known.events.length === 0) await store.add([event], now);
  }
  await directory.write("clearOutbox", { stored: left.map(({ eventId }) => eventId) });
}
