import { join } from "node:path";
import type { SpaceGuard } from "../data-planes/local/space-guard.ts";
import { dayMs, type Clock } from "../ports/clock.ts";
import type { DataEventReader, EventStore } from "../ports/event-store.ts";
import type { Ports } from "../ports/ports.ts";
import type { RequestLog } from "../ports/request-log.ts";
import { DataEventBuffer } from "../record/data-event-buffer.ts";
import { Recorder } from "../record/recorder.ts";
import { EventSegments } from "../stores/files/event-segments.ts";
import { asyncDatabase, openAsyncDatabase } from "../stores/sqlite/asynchronous.ts";
import { joinDatabase } from "../stores/sqlite/database.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { readOutbox } from "../stores/sql/record/event-outbox.ts";
import { ReadJournal } from "../stores/sql/record/read-journal.ts";
import type { RecordDatabase, RecordProcedures } from "../stores/sql/record/record-procedures.ts";
import { type SharedEventStore, eventStore } from "../stores/sql/record/event-store.ts";
import type { SentWrite, WriteResult } from "../stores/sqlite/writer-protocol.ts";
import type { Config } from "./config.ts";
import { recordFile } from "./folder-databases.ts";

/** What answering requests needs of the record of a data folder. */
export interface RecordAccess {
  readonly store: EventStore;
  readonly segments: DataEventReader;
  /** Appends whole lines to the data events of an account. */
  readonly appendData: (accountId: string, lines: Uint8Array) => Promise<void>;
}

/** A record, and in the data folder the journal and the folder `events` with data events. */
export interface OwnRecord extends RecordAccess {
  /** The journal of events of calls that only read. */
  readonly journal: Pick<ReadJournal, "add" | "flush">;
  /** Takes over events of changes that a crash left in the directory alone. `isLeft`: whether an event, by its id, is one of those. */
  takeOver(directory: DirectoryDatabase, isLeft?: (eventId: string) => boolean): Promise<void>;
  /** Background work. */
  tend(): Promise<void>;
  close(): Promise<void>;
}

/** The record of a data folder: record.db. */
export interface OpenRecord extends OwnRecord {
  /** A write of another process. */
  writeFor(write: SentWrite): Promise<WriteResult>;
  /** Writes that are not committed or refused yet. */
  readonly waitingWrites: () => number;
}

interface Parts {
  readonly config: Config;
  readonly guard: SpaceGuard;
  readonly clock: Clock;
  /** Hears of documents that are kept no longer. */
  readonly forgotten: (hashes: readonly string[]) => void;
}

export async function openRecord(parts: Parts): Promise<OpenRecord> {
  const database = await openAsyncDatabase<RecordProcedures>({
    ...recordFile(parts.config.dataDir),
    makeRoom: roomMaker(parts),
  });
  const record = await recordOver(database, parts);
  return { ...record, writeFor: (write) => database.writeFor(write), waitingWrites: () => database.waiting() };
}

function roomMaker({ guard }: Pick<Parts, "guard">): () => Promise<boolean> {
  return async () => {
    await guard.releaseReserve();
    return true;
  };
}

/** `database` is closed with it, and when it cannot be opened. */
export async function recordOver(database: RecordDatabase, parts: Parts): Promise<OwnRecord> {
  const { config, guard, clock, forgotten } = parts;
  const { dataDir, eventAge, eventSize } = config;
  const now = (): number => clock.now();
  const makeRoom = roomMaker(parts);
  const move = (lines: Uint8Array, again: boolean): Promise<void> =>
    database.write("addReads", { lines, again, now: now() });
  const [journal, segments] = await Promise.all([
    ReadJournal.open({ folder: dataDir, move, makeRoom }),
    EventSegments.open(eventFolder(dataDir), now, { maxBytes: eventSize, maxAge: eventAge }),
  ]).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const store = eventStore(database, journal, forgotten);
  return {
    store,
    segments,
    journal,
    async appendData(accountId, lines) {
      // Data events leave the floor of free space alone, as objects do.
      const admission = await guard.admit(lines.length);
      try {
        await segments.append(accountId, lines);
      } finally {
        admission.end();
      }
    },
    takeOver: (directory, isLeft = () => true) => takeOver(directory, store, now(), isLeft),
    async tend() {
      await store.tend({ before: now() - eventAge, maxBytes: eventSize });
      await segments.trim();
    },
    async close() {
      await segments.close();
      await journal.close();
      await database.close();
    },
  };
}

/** What a process that does not hold the folder asks of the one that does. */
export interface RecordOwner extends Pick<RecordAccess, "appendData"> {
  readonly journal: Pick<ReadJournal, "add" | "flush">;
  readonly write: (write: SentWrite) => Promise<WriteResult>;
}

/** The record in a process that does not hold the folder. */
export interface JoinedRecord extends RecordAccess {
  readonly store: SharedEventStore;
  close(): Promise<void>;
}

export function joinRecord(dataDir: string, { journal, appendData, write }: RecordOwner): JoinedRecord {
  const database = asyncDatabase(joinDatabase<RecordProcedures>(recordFile(dataDir).path, write));
  return {
    store: eventStore(database, journal),
    segments: EventSegments.reader(eventFolder(dataDir)),
    appendData,
    close: () => database.close(),
  };
}

function eventFolder(dataDir: string): string {
  return join(dataDir, "events");
}

interface RecorderOver {
  readonly config: Config;
  readonly record: RecordAccess;
  readonly directory: DirectoryDatabase;
  /** The ports, with a directory of one's own. */
  readonly portsOver: (directory: DirectoryDatabase) => Ports;
  readonly clock: Clock;
  readonly log: RequestLog;
}

/** Data events on their way to the disk. */
export function dataEventBuffer({
  config: { region, eventAge, eventSize, workers },
  record,
  clock,
  log,
}: Pick<RecorderOver, "config" | "clock" | "log"> & {
  readonly record: Pick<RecordAccess, "appendData">;
}): DataEventBuffer {
  return new DataEventBuffer({
    append: (accountId, lines) => record.appendData(accountId, lines),
    now: () => clock.now(),
    region,
    warn: (line) => log.warning(line),
    // Together, over the days that events are kept, a quarter of the space for events; at least some tens of events a day.
    outsidersBytes: Math.max(64 * 1024, eventSize / 4 / (eventAge / dayMs) / workers),
    workers,
  });
}

/** Records what this process answers. */
export function createRecorder({ config, record, directory, portsOver, clock, log }: RecorderOver): {
  readonly recorder: Recorder;
  /** Data events that wait, in bytes, and how many were dropped. */
  readonly buffer: Pick<DataEventBuffer, "waiting" | "dropped">;
  /** Resolves when all data events are written or dropped. */
  readonly flush: () => Promise<void>;
} {
  const { region } = config;
  const data = dataEventBuffer({ config, record, clock, log });
  const recorder = new Recorder({
    store: record.store,
    ports: (events, ran) => portsOver(directory.alongside("recordChange", events, ran)),
    readPorts: portsOver(unchanging(directory)),
    data,
    allData: config.dataEvents,
    clock,
    region,
    log,
  });
  const flush = async (): Promise<void> => {
    recorder.flush();
    await data.flush();
  };
  return { recorder, buffer: data, flush };
}

/** INVARIANT: a change that would have no event is not made. */
function unchanging(directory: DirectoryDatabase): DirectoryDatabase {
  return {
    ...directory,
    write: (procedure, ..._args) => Promise.reject(new Error(`record: ${procedure} in an operation that only reads`)),
    alongside: () => unchanging(directory),
  };
}

/**
 * Puts into a record what its folder still has of it, as a start does. `directory`, `record`: of a folder on which nothing else runs.
 */
export async function settleFolderRecord(
  dataDir: string,
  directory: DirectoryDatabase,
  record: RecordDatabase,
  clock: Pick<Clock, "now">,
): Promise<void> {
  const move = (lines: Uint8Array, again: boolean): Promise<void> =>
    record.write("addReads", { lines, again, now: clock.now() });
  const journal = await ReadJournal.open({ folder: dataDir, move, makeRoom: async () => {} });
  await takeOver(directory, eventStore(record, journal), clock.now(), () => true);
  await journal.close();
}

/** An event that is in record.db already came there with the answer, so that one is the whole event. */
async function takeOver(
  directory: DirectoryDatabase,
  store: EventStore,
  now: number,
  isLeft: (eventId: string) => boolean,
): Promise<void> {
  const left = (await readOutbox(directory.reader)).filter(({ eventId }) => isLeft(eventId));
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
