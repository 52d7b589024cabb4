/** Findings of the record and the policies, for people, for programs and for tables. */
import { isWholeWindow, type LastUsed } from "@s3-credentials/policy";
import { type Entity, entityWords } from "../configuration/configuration.ts";
import { type Json, jsonObject, type JsonObject } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import type { Proposal } from "./propose.ts";
import type { Usage } from "./read-usage.ts";

export interface Report {
  readonly since: Date;
  readonly usage: Usage;
  readonly unused: readonly LastUsed[];
  readonly proposals: readonly { readonly entity: Entity; readonly proposal: Proposal }[];
}

export const headers = ["Finding", "Kind", "Name", "Id", "LastUsed", "Why", "Policy", "InPlaceOf"];

/** What the record covers, in words. */
function windowLines({ since, usage }: Pick<Report, "since" | "usage">): readonly string[] {
  const { events, oldest, allCallsSince, dropped, hasDecisions } = usage;
  const first = `The record since ${isoTime(since)} has ${events} events${oldest === undefined ? "" : `, the oldest of ${oldest}`}. What is not in it may still be needed.`;
  if (!hasDecisions)
    return [
      first,
      "This service does not say what was asked of policies, and has no calls on objects: no narrower policies are proposed.",
    ];
  if (allCallsSince === undefined)
    return [
      first,
      "Calls on objects are recorded only when they are denied (serve --data-events records all): no narrower policies are proposed.",
    ];
  const lost =
    dropped === 0
      ? []
      : [`${dropped} calls on objects are not in it, because they came faster than they could be recorded.`];
  if (allCallsSince <= since) return [first, ...lost];
  return [
    first,
    ...lost,
    `It is known to have every call on objects only since ${isoTime(allCallsSince)}, when the gateway was started.`,
  ];
}

/** Whether the record is known to have every call of the window. */
export function isWhole({ since, usage }: Pick<Report, "since" | "usage">): boolean {
  return isWholeWindow({ since, allCallsSince: usage.allCallsSince, dropped: usage.dropped });
}

const isoTime = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

function lastUsedText({ used }: LastUsed): string {
  return used === undefined ? "never used" : `last used ${isoTime(used)}`;
}

export function reportText(report: Report, shown: (text: string) => string): string {
  const lines = [...windowLines(report)];
  if (report.unused.length === 0)
    lines.push(`unused: none of the keys and roles that were made before ${isoTime(report.since)}`);
  for (const item of report.unused) {
    const what = item.kind === "role" ? `role ${item.of}` : `${item.kind} ${item.id ?? ""}`.trimEnd();
    lines.push(`unused: ${what}${item.kind === "role" ? "" : ` of user ${item.of}`}, ${lastUsedText(item)}`);
  }
  for (const { entity, proposal } of report.proposals) lines.push(...proposalLines(entityWords(entity), proposal));
  return lines.map((line) => `${line.split("\n").map(shown).join("\n")}\n`).join("");
}

function proposalLines(who: string, proposal: Proposal): readonly string[] {
  switch (proposal.kind) {
    case "unused":
      return [`unused: the rights of ${who}, who used none of them`];
    case "as-used":
      return [];
    case "unused-services":
      return [`unused: ${who} may use the services ${proposal.services.join(", ")}, and did not`];
    case "not-decided":
      return [`not decided: ${who}, because ${proposal.why}`];
    case "narrower":
      return [
        `narrower: ${who} could have the policy below; proved: it allows nothing new, and all ${proposal.tried} different requests of the record`,
        ...proposal.replaces.map((what) => `  in place of ${what}`),
        dumps(proposal.document, 2),
      ];
  }
}

function* reportRows(report: Report): Generator<JsonObject> {
  for (const { kind, of, id, used } of report.unused)
    yield jsonObject({
      Finding: "unused",
      Kind: kind,
      Name: of,
      Id: id ?? null,
      LastUsed: used === undefined ? null : isoTime(used),
    });
  for (const { entity, proposal } of report.proposals) {
    if (proposal.kind === "as-used") continue;
    const services = proposal.kind === "unused-services" ? `services: ${proposal.services.join(", ")}` : undefined;
    const why = proposal.kind === "not-decided" ? proposal.why : services;
    const replaces: Json | undefined = proposal.kind === "narrower" ? proposal.replaces : undefined;
    yield jsonObject({
      Finding: proposal.kind.startsWith("unused") ? "unused rights" : proposal.kind.replace("-", " "),
      Kind: entity.kind === "users" ? "user" : "role",
      Name: entity.name,
      Why: why,
      Policy: proposal.kind === "narrower" ? proposal.document : undefined,
      InPlaceOf: replaces,
    });
  }
}

export async function* rowsOf(report: Report): AsyncGenerator<JsonObject> {
  yield* reportRows(report);
}

export function reportJson(report: Report): string {
  const { events, oldest, allCallsSince } = report.usage;
  return `${dumps(
    jsonObject({
      Window: jsonObject({
        Since: isoTime(report.since),
        Events: events,
        Oldest: oldest ?? null,
        AllCallsSince: allCallsSince === undefined ? null : isoTime(allCallsSince),
        IsWhole: isWhole(report),
      }),
      Findings: [...reportRows(report)],
    }),
    2,
  )}\n`;
}
