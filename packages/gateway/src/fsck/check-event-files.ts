import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isOtherKind, readOwnFile } from "../stores/files/own-file.ts";
import { writePrivateFile } from "../stores/files/private-write.ts";
import type { Checks } from "./checks.ts";
import type { Finding } from "./finding.ts";

/** Files of data events, and the journal of events on their way to record.db. Each is of 16 MiB at most and read at once. */
export function* checkEventFiles(checks: Checks): Generator<Finding> {
  const folder = join(checks.dataDir, "events");
  const all = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".jsonl")) : [];
  const names = all.filter((name) => !isOtherKind(join(folder, name))); // what is no file was said before
  const newest = new Map(names.toSorted().map((name) => [name.slice(15), name]));
  for (const name of names.toSorted())
    yield* checkLines(checks, `events/${name}`, (line) => line, newest.get(name.slice(15)) === name);
  for (const name of ["record-reads-moving.log", "record-reads.log"])
    if (existsSync(join(checks.dataDir, name)))
      yield* checkLines(checks, name, (line) => line.split("\t")[2] ?? "", true);
}

/** `jsonOf`: what of a line is JSON. `isNewest`: a start cuts off half a line at its end. */
function* checkLines(
  checks: Checks,
  file: string,
  jsonOf: (line: string) => string,
  isNewest: boolean,
): Generator<Finding> {
  // INVARIANT: a sign for each byte, so that what is kept and what is set aside has the bytes that were there, be they UTF-8 or not.
  const lines = readOwnFile(join(checks.dataDir, file)).toString("latin1").split("\n");
  const last = lines.pop() ?? "";
  const bad = lines.flatMap((line, at) => (isJson(jsonOf(line)) ? [] : [at]));
  if (last !== "" && isNewest) yield checks.found("event-line-cut", { at: file });
  if (last !== "" && !isNewest) bad.push(lines.push(last) - 1);
  for (const at of bad) yield checks.found("event-line", { at: file, detail: `line ${at + 1}` });
  if (bad.length === 0 || !checks.repairs) return;
  for (const at of bad) checks.aside.keep(file, { line: Buffer.from(lines[at] ?? "", "latin1") });
  checks.aside.sync();
  const kept = lines.filter((_, at) => !bad.includes(at));
  const text = kept.map((line) => `${line}\n`).join("");
  writePrivateFile(join(checks.dataDir, file), Buffer.from(text, "latin1"));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
