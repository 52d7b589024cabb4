import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  textOption,
} from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { escapeControls } from "../output/terminal-text.ts";
import { statusLine } from "../output/status-line.ts";
import { refusal } from "./database-options.ts";

const definition = {
  name: "fsck",
  summary: "Check the data folder of a gateway that is stopped, and repair it (exit 1 while there is damage)",
  arguments: [],
  options: [
    { name: "data", value: "DIR", summary: "data folder of the gateway; must be given" },
    { name: "read-bodies", summary: "read the bytes of all objects too, and hold them against ETags and checksums" },
    { name: "repair", summary: "repair what is found; nothing that a client stored is deleted" },
    {
      name: "drop-damaged",
      summary: "with --repair: remove versions whose bytes are lost, but for those that Object Lock keeps",
    },
    { name: "json", summary: "each finding as a line of JSON" },
  ],
  service: false,
  example: "s3-credentials fsck --data ./data",
} as const satisfies CommandDefinition;

async function run(context: Context, { options }: Invocation): Promise<number> {
  const dataDir = textOption(options, "data");
  if (dataDir === undefined || dataDir === "")
    throw new UsageError("fsck needs the data folder of the gateway: give it with --data DIR");
  const repairs = hasOption(options, "repair");
  const dropsDamaged = hasOption(options, "drop-damaged");
  if (dropsDamaged && !repairs)
    throw new UsageError("--drop-damaged removes versions, which only a repair does: add --repair, or leave it out");
  const { fsckFolder } = await import("@s3-credentials/gateway");
  const progress = statusLine(context.stderr);
  const isJson = hasOption(options, "json");
  const line = isJson ? JSON.stringify : findingLine;
  const report = await fsckFolder({
    dataDir,
    repairs,
    dropsDamaged,
    readsBodies: hasOption(options, "read-bodies"),
    progress,
    hear: async (finding) => {
      progress("");
      await context.print(`${line(finding)}\n`);
    },
  }).finally(() => progress(""));
  if ("message" in report) throw refusal(report);
  const { repaired, left, notes } = report;
  const counts = [`${left} damaged`, ...(repairs ? [`${repaired} repaired`] : []), `${notes} notes`];
  const sum = left + repaired + notes === 0 ? "Nothing found" : counts.join(", ");
  if (isJson) context.say(sum);
  else await context.print(`${sum}\n`);
  return left === 0 ? 0 : 1;
}

/** What the gateway says of one thing that it found. */
interface Finding {
  readonly state: string;
  readonly kind: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly versionId?: string;
  readonly at?: string;
  readonly what: string;
  readonly detail?: string;
  readonly lost: string;
  readonly repair?: string;
  readonly remedy?: string;
}

/** `damage blob-missing photos/cat.jpg version 3/L4…: what; lost: …; --repair: …`. */
function findingLine(finding: Finding): string {
  const { state, kind, bucket, key, versionId, at, what, detail, lost, repair, remedy } = finding;
  const object = bucket === undefined ? [] : [key === undefined ? bucket : `${bucket}/${key}`];
  const version = versionId === undefined ? [] : [`version ${versionId}`];
  const where = [...object, ...version, ...(at === undefined ? [] : [at])];
  const ends = [
    detail === undefined ? what : `${what} (${detail})`,
    `lost: ${lost}`,
    ...(repair === undefined ? [] : [`--repair: ${repair}`]),
    ...(remedy === undefined ? [] : [`to do: ${remedy}`]),
  ];
  // Keys may have line breaks in them, and a finding is one line in a pipe too.
  return escapeControls(`${[state, kind, ...where].join(" ")}: ${ends.join("; ")}`);
}

export const fsck: Command = { definition, run };
