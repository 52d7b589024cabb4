import { unusedSince, type UsedRequest } from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  listOption,
  type OptionValues,
  textOption,
} from "../command-line/definition.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { type Configuration, type Entity, entityKey, entityWords, ofKind } from "../configuration/configuration.ts";
import { lostWayBack } from "../configuration/keep-way-in.ts";
import type { Performance } from "../configuration/perform.ts";
import { arnOf } from "../configuration/references.ts";
import { openPlace, type Place } from "../configuration/read-service.ts";
import { parseSince } from "../input/since.ts";
import { writeRows } from "../output/rows.ts";
import { connectionOf } from "../service/connection.ts";
import { eventService } from "../service/event-service.ts";
import {
  applyProposals,
  type Known,
  planProposals,
  readKnown,
  refuseChanged,
  undoOf,
  undoProposals,
} from "../usage/apply-proposals.ts";
import { readLastUsed } from "../usage/last-used.ts";
import { propose } from "../usage/propose.ts";
import { readUsage } from "../usage/read-usage.ts";
import { unusedServices } from "../usage/unused-services.ts";
import { headers, isWhole, type Report, reportJson, reportText, rowsOf } from "../usage/report.ts";
import { readUndoFile, writeUndoFile } from "../usage/undo-file.ts";

const definition = {
  name: "access-report",
  summary:
    "Find keys, roles and rights that nobody uses, and a policy for each user and role that allows what it used (exit 1 when there is any)",
  arguments: [],
  options: [
    { name: "since", value: "WHEN", default: "30d", summary: "what was not used since then: 12h, 30d, 8w ago, a date" },
    { name: "user", value: "NAME", repeatable: true, summary: "this user" },
    { name: "role", value: "NAME", repeatable: true, summary: "this role" },
    {
      name: "apply",
      value: "FILE",
      summary: "give those that --user and --role name the narrower policies; what undoes it is written into FILE",
    },
    { name: "trust-record", summary: "apply although it is not known that every call of the window is in the record" },
    { name: "undo", value: "FILE", summary: "take back what --apply did" },
    {
      name: "format",
      value: "FORMAT",
      choices: ["text", "json", "csv"],
      default: "text",
      summary: "form of the report",
    },
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials access-report --since 30d --local",
} as const satisfies CommandDefinition;

async function run(context: Context, { options }: Invocation): Promise<number> {
  const [apply, undo] = [textOption(options, "apply"), textOption(options, "undo")];
  if (apply !== undefined && undo !== undefined) throw new UsageError("--apply and --undo exclude each other");
  const named = [...listOption(options, "user"), ...listOption(options, "role")];
  if (apply !== undefined && named.length === 0)
    throw new UsageError("say to whom the narrower policies are given: --user NAME or --role NAME");
  const since = new Date(parseSince(textOption(options, "since") ?? "30d") * 1000);
  const place = await openPlace(context, options);
  if (undo !== undefined) return undoRun(context, place, undo);
  const known = await readKnown(place);
  const { configuration, foreign } = known;
  const asked = askedEntities(configuration, options);
  const usage = await readUsage(eventService(await connectionOf(context, options)), since);
  const lastUsed = await readLastUsed(place.services, configuration);
  const isAsked = new Set(asked.map(({ kind, name }) => `${kind === "roles" ? "role" : "user"} ${name}`));
  const unused = unusedSince(lastUsed, since).filter(({ kind, of }) =>
    isAsked.has(`${kind === "role" ? "role" : "user"} ${of}`),
  );
  const used = (entity: Entity): ReadonlyMap<string, UsedRequest> =>
    usage.used.get(entityKey(entity.kind, entity.name)) ?? new Map();
  const proposals: Report["proposals"][number][] = [];
  for (const entity of asked) {
    if (usage.allCallsSince !== undefined)
      proposals.push({ entity, proposal: propose(configuration, foreign, entity, used(entity)) });
    else if (!usage.hasDecisions) {
      const services = await unusedServices(place.services, arnOf(configuration, entity), since, context.signal);
      if (services.length > 0) proposals.push({ entity, proposal: { kind: "unused-services", services } });
    }
  }
  const report: Report = { since, usage, unused, proposals };
  await print(context, options, report);
  if (apply === undefined) return exitOf(report);
  await applyAll(context, {
    place,
    known,
    report,
    file: apply,
    trusts: hasOption(options, "trust-record"),
  });
  return 0;
}

function askedEntities(configuration: Configuration, options: OptionValues): readonly Entity[] {
  const users = listOption(options, "user");
  const roles = listOption(options, "role");
  if (users.length + roles.length === 0) return [...ofKind(configuration, "users"), ...ofKind(configuration, "roles")];
  return [...users.map((name) => ["users", name] as const), ...roles.map((name) => ["roles", name] as const)].map(
    ([kind, name]) => {
      const entity = configuration.entities.get(entityKey(kind, name));
      if (entity === undefined) throw new CommandError(`there is no ${kind === "users" ? "user" : "role"} ${name}`);
      return entity;
    },
  );
}

async function print(context: Context, options: OptionValues, report: Report): Promise<void> {
  const format = textOption(options, "format");
  if (format === "json") await context.print(reportJson(report));
  else if (format === "csv") await writeRows(rowsOf(report), headers, "csv", context);
  else await context.print(reportText(report, context.shown));
}

/** As check-access: 0 is yes, all is used; 1 is no; 3 is not decided. */
function exitOf({ unused, proposals }: Report): number {
  const kinds = proposals.map(({ proposal }) => proposal.kind);
  if (unused.length > 0 || kinds.some((kind) => kind === "narrower" || kind.startsWith("unused"))) return 1;
  return kinds.includes("not-decided") ? 3 : 0;
}

interface Applying {
  readonly place: Place;
  readonly known: Known;
  readonly report: Report;
  readonly file: string;
  readonly trusts: boolean;
}

async function applyAll(context: Context, applying: Applying): Promise<void> {
  const { place, known, report, file, trusts } = applying;
  const { configuration, foreign } = known;
  if (!trusts && !isWhole(report))
    throw new CommandError(
      "nothing was done: it is not known that every call of the window is in the record, as the report says; take a shorter --since, or add --trust-record",
    );
  const missing = report.proposals.filter(({ proposal }) => proposal.kind !== "narrower");
  if (missing.length > 0 || report.proposals.length === 0)
    throw new CommandError(
      `nothing was done: there is no narrower policy for ${missing.map(({ entity }) => entityWords(entity)).join(", ") || "anybody"}`,
    );
  const given = report.proposals.flatMap(({ entity, proposal }) =>
    proposal.kind === "narrower" ? [{ entity, document: proposal.document }] : [],
  );
  const { after, principals } = planProposals(configuration, given);
  const lost = lostWayBack(configuration, after, foreign, place.caller);
  if (lost !== undefined) throw new CommandError(`nothing was done: ${lost}`);
  await refuseChanged(
    place,
    known,
    given.map(({ entity }) => entity),
  );
  writeUndoFile(file, place.account, undoOf(principals));
  await applyProposals(place, known, principals, performanceOf(context));
  context.say(`To take it back: s3-credentials access-report --undo ${file}`);
}

async function undoRun(context: Context, place: Place, file: string): Promise<number> {
  await undoProposals(place, readUndoFile(file, place.account), performanceOf(context));
  return 0;
}

function performanceOf(context: Context): Performance {
  const report = (line: string): void => context.say(`Done: ${context.shown(line)}`);
  return { ids: new Map(), signal: context.signal, report };
}

export const accessReport: Command = { definition, run };
