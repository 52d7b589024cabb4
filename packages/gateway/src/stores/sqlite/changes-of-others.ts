import { closeSync, openSync, readSync } from "node:fs";
import type { Reader } from "./connection.ts";
import { integer } from "../sql/sql-value.ts";

/** Bytes of the header. https://www.sqlite.org/walformat.html#the_wal_index_file_format */
const headerSize = 48;

export interface ChangesOfOthers {
  /** Moves with every change that another connection has committed. */
  count(): number;
  /** INVARIANT: after the connection has been closed, because the end of any descriptor of the file ends the locks of the process on it. */
  close(): void;
}

/** Of the database that `reader` has open, in the mode of a write-ahead log. */
export function changesOfOthers(path: string, reader: Reader): ChangesOfOthers {
  const ask = (): number => dataVersion(reader);
  ask(); // the index of the log is there from now on
  if (process.platform !== "linux") return { count: ask, close: () => {} };
  return headerOf(openSync(`${path}-shm`, "r"));
}

/** https://www.sqlite.org/pragma.html#pragma_data_version */
export function dataVersion(reader: Reader): number {
  return reader.get("PRAGMA data_version", [], ([version]) => integer(version)) ?? 0;
}

/**
 * The first copy of the header of the log's index. A commit writes it last of all, before it is confirmed, and with a counter of
 * transactions in it, so a header that did not change says that no reader could see a change. Linux reads what another process wrote into
 * its mapped memory. It costs a fifth of the statement that asks for the data version.
 */
function headerOf(file: number): ChangesOfOthers {
  let [now, before] = [new Int32Array(headerSize / 4), new Int32Array(headerSize / 4)];
  let count = 0;
  return {
    count() {
      // What cannot be read counts as changed.
      if (readSync(file, now, 0, headerSize, 0) === headerSize && isSame(now, before)) return count;
      [now, before] = [before, now];
      count += 1;
      return count;
    },
    close: () => closeSync(file),
  };
}

function isSame(one: Int32Array, other: Int32Array): boolean {
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}
