/** What would change, for people and for programs. */
import { type AccessChange, witnessData, witnessText } from "@s3-credentials/policy";
import type { InspectedIdentity } from "../plan/delete-identity.ts";
import { lineDiff } from "../output/line-diff.ts";
import type { Change } from "./change.ts";
import { type Configuration, type Entity, entityKey, entityText, ofKind } from "./configuration.ts";
import { fileNames } from "./file-name.ts";
import { kinds } from "./layout.ts";
import type { Verdict } from "./verdict.ts";

export interface Shown {
  readonly before: Configuration;
  readonly after: Configuration;
  readonly changes: readonly Change[];
  readonly identities: readonly InspectedIdentity[];
  readonly verdicts: readonly Verdict[];
  /** What the verdicts leave out, as a sentence. */
  readonly notCounted: string | undefined;
}

interface FileDiff {
  readonly file: string;
  readonly change: "made" | "changed" | "gone";
  readonly diff: readonly string[];
}

const words = { same: "same", narrower: "narrows", wider: "widens", unknown: "not decided" } as const;

export function isWidening({ change }: Verdict): boolean {
  return change.change === "wider" || change.change === "unknown";
}

function verdictLine({ of, change }: Verdict): string {
  return `${change.change === "wider" ? "this widens" : words[change.change]}: ${of}${reasonOf(change)}`;
}

function reasonOf(change: AccessChange): string {
  if (change.change === "wider") return `, which may now do ${witnessText(change.witness)}`;
  return change.change === "unknown" ? `, because of ${change.construct}` : "";
}

/** `line`: as a terminal may have it. */
export function shownText(shown: Shown, line: (text: string) => string): string {
  const { changes, identities, verdicts } = shown;
  const notCounted = shown.notCounted === undefined ? [] : [shown.notCounted];
  if (changes.length === 0 && identities.length === 0) return "Nothing to change\n";
  const files = fileDiffs(shown).flatMap(({ file, change, diff }) => [
    `--- ${change === "made" ? "nothing" : file}`,
    `+++ ${change === "gone" ? "nothing" : file}`,
    ...hunks(diff),
  ]);
  const steps = [
    ...changes.map(({ text, lasting }) => `Would ${text}${lasting === undefined ? "" : " (cannot be undone)"}`),
    ...identities.map(identityLine),
  ];
  const judged = verdicts.length === 0 ? [] : [...verdicts.map(verdictLine), ...notCounted, ""];
  const lines = [...files, "", ...judged, ...steps];
  return lines.map((one) => `${line(one)}\n`).join("");
}

function identityLine({ kind, name, attachments }: InspectedIdentity): string {
  const with_ = attachments.map(({ what }) => what);
  return `Would delete ${kind} ${name}${with_.length === 0 ? "" : ` with ${with_.join(", ")}`} (cannot be undone)`;
}

export function shownJson(shown: Shown): string {
  const data = {
    files: fileDiffs(shown).map(({ file, change, diff }) => ({ file, change, diff: hunks(diff) })),
    verdicts: shown.verdicts.map(({ of, change }) => ({
      of,
      verdict: words[change.change],
      ...(change.change === "wider" ? { witness: witnessData(change.witness) } : {}),
      ...(change.change === "unknown" ? { construct: change.construct } : {}),
    })),
    ...(shown.notCounted === undefined ? {} : { notCounted: shown.notCounted }),
    changes: shown.changes.map(({ text, lasting }) => ({ change: text, undoable: lasting === undefined })),
    deleted: shown.identities.map(({ kind, name, attachments }) => ({
      kind,
      name,
      with: attachments.map(({ what }) => what),
    })),
  };
  return `${JSON.stringify(data, undefined, 2)}\n`;
}

function fileDiffs({ before, after }: Shown): readonly FileDiff[] {
  return kinds.flatMap((kind) => {
    const [was, is] = [ofKind(before, kind), ofKind(after, kind)];
    const names = [...new Set([...was, ...is].map(({ name }) => name))];
    const files = fileNames(kind, names);
    return names.flatMap((name): readonly FileDiff[] => {
      const key = entityKey(kind, name);
      const [old, now] = [before, after].map((one) => linesOf(one.entities.get(key)));
      if (old === undefined || now === undefined || old.join("\n") === now.join("\n")) return [];
      const change = old.length === 0 ? "made" : now.length === 0 ? "gone" : "changed";
      return [{ file: files.get(name) ?? "", change, diff: lineDiff(old, now) }];
    });
  });
}

function linesOf(entity: Entity | undefined): readonly string[] {
  return entity === undefined ? [] : entityText(entity).trimEnd().split("\n");
}

/** Lines around a change that are shown with it. */
const around = 3;

/** Without the lines that are far from any change. */
function hunks(diff: readonly string[]): readonly string[] {
  const near = diff.map((_, at) =>
    diff.slice(Math.max(0, at - around), at + around + 1).some((one) => !one.startsWith(" ")),
  );
  return diff.flatMap((line, at) => {
    if (near[at] === true) return [line];
    return near[at - 1] === true || at === 0 ? [" …"] : [];
  });
}
