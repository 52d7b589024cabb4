/** Action, Resource and Principal elements. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */
import { parseActionPattern } from "../match/action.ts";
import { isArnPattern, matchesEverything, segmentsOf } from "../match/arn.ts";
import { parsePattern } from "../match/pattern.ts";
import { parsePrincipal, type PrincipalType, principalTypes } from "./principal.ts";
import type { JsonMember, JsonNode } from "./json.ts";
import type {
  ActionPattern,
  PatternElement,
  PolicyKind,
  PolicyVersion,
  PrincipalElement,
  PrincipalEntry,
  TextPattern,
} from "../model/policy.ts";
import { type Place, placeOf, pointerTo, type Report } from "./report.ts";
import { nearestName } from "../match/nearest-name.ts";

interface TextAt {
  readonly text: string;
  readonly place: Place;
}

/** A string, or a list of at least one; reported and undefined otherwise. */
function readTexts(
  node: JsonNode,
  pointer: string,
  report: Report,
): { readonly single: boolean; readonly texts: readonly TextAt[] } | undefined {
  if (node.kind === "string") return { single: true, texts: [{ text: node.value, place: placeOf(node, pointer) }] };
  if (node.kind !== "array") {
    report.error("wrong-type", placeOf(node, pointer), "must be a string or a list of strings");
    return undefined;
  }
  if (node.items.length === 0) report.error("empty-list", placeOf(node, pointer), "must name at least one");
  const texts: TextAt[] = [];
  for (const [index, item] of node.items.entries()) {
    const place = placeOf(item, pointerTo(pointer, index));
    if (item.kind === "string") texts.push({ text: item.value, place });
    else report.error("wrong-type", place, "must be a string");
  }
  return { single: false, texts };
}

export function readAction(
  { key, value }: JsonMember,
  pointer: string,
  kind: PolicyKind,
  report: Report,
): PatternElement<ActionPattern> | undefined {
  const read = readTexts(value, pointer, report);
  if (read === undefined) return undefined;
  if (kind === "trust" && key === "NotAction") {
    report.error(
      "trust-not-action",
      placeOf(value, pointer),
      "a trust policy says which STS actions it allows with `Action`",
    );
  }
  const patterns: ActionPattern[] = [];
  for (const { text, place } of read.texts) {
    const pattern = parseActionPattern(text);
    if (pattern === undefined) {
      report.error(
        "invalid-action",
        place,
        `\`${text}\` is not an action`,
        "write `service:Name`, for example `s3:GetObject`, or `*`",
      );
    } else if (kind === "trust" && pattern.service !== "sts") {
      report.error("trust-action", place, `a trust policy may only hold STS actions, not \`${text}\``);
    } else {
      patterns.push(pattern);
    }
  }
  return { negated: key === "NotAction", single: read.single, patterns };
}

export function readResource(
  { key, value }: JsonMember,
  pointer: string,
  version: PolicyVersion,
  report: Report,
): PatternElement<TextPattern> | undefined {
  const read = readTexts(value, pointer, report);
  if (read === undefined) return undefined;
  const patterns: TextPattern[] = [];
  for (const { text, place } of read.texts) {
    const pattern = parsePattern(text, { wildcards: true, variables: version === "2012-10-17" });
    if ("error" in pattern) report.error("invalid-variable", place, pattern.error);
    else if (isArnPattern(pattern)) {
      const fault = segmentFault(pattern);
      if (fault === undefined) patterns.push(pattern);
      else report.error("invalid-resource", place, `\`${text}\` ${fault}`);
    } else
      report.error(
        "invalid-resource",
        place,
        `\`${text}\` is not an ARN`,
        "write an ARN with its six parts, for example `arn:aws:s3:::bucket/*`, or `*`",
      );
  }
  return { negated: key === "NotResource", single: read.single, patterns };
}

/**
 * "You can't use a wildcard in the service segment", and "you can't use a variable to replace parts of the ARN before the fifth
 * colon". https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html and …/reference_policies_variables.html
 */
function segmentFault(pattern: TextPattern): string | undefined {
  if (matchesEverything(pattern)) return undefined;
  const segments = segmentsOf(pattern);
  if (segments[2]?.some(({ kind }) => kind === "any-run" || kind === "any-one") === true)
    return "has a wildcard in the part that names the service";
  if (segments.slice(0, 5).some((parts) => parts.some(({ kind }) => kind === "variable")))
    return "has a variable before the fifth colon";
  return undefined;
}

export function readPrincipal(
  { key, value }: JsonMember,
  pointer: string,
  report: Report,
): PrincipalElement | undefined {
  const negated = key === "NotPrincipal";
  if (value.kind === "string") {
    if (value.value === "*") return { negated, entries: [{ kind: "everyone" }], written: "*" };
    report.error(
      "invalid-principal",
      placeOf(value, pointer),
      `\`${value.value}\` is not a principal`,
      'write `"*"` or an object such as `{"AWS": "arn:…"}`',
    );
    return undefined;
  }
  if (value.kind !== "object") {
    report.error("wrong-type", placeOf(value, pointer), 'must be `"*"` or an object');
    return undefined;
  }
  if (value.members.length === 0)
    report.error("empty-principal", placeOf(value, pointer), "must name at least one principal");
  const entries: PrincipalEntry[] = [];
  const written: Record<string, string | readonly string[]> = {};
  for (const member of value.members) {
    const at = pointerTo(pointer, member.key);
    const type = principalTypes.find((one) => one === member.key);
    if (type === undefined) {
      const near = nearestName(member.key, principalTypes);
      const help = near === undefined ? `one of ${principalTypes.join(", ")}` : `did you mean \`${near}\`?`;
      report.error(
        "unknown-principal-type",
        { pointer: at, span: member.keySpan },
        `\`${member.key}\` is not a kind of principal`,
        help,
      );
      continue;
    }
    const read = readTexts(member.value, at, report);
    if (read === undefined) continue;
    entries.push(...readEntries(type, read.texts, report));
    const texts = read.texts.map(({ text }) => text);
    written[type] = read.single ? (texts[0] ?? "") : texts;
  }
  return { negated, entries, written };
}

function readEntries(type: PrincipalType, texts: readonly TextAt[], report: Report): readonly PrincipalEntry[] {
  const entries: PrincipalEntry[] = [];
  for (const { text, place } of texts) {
    const entry = parsePrincipal(type, text);
    if (entry !== undefined) entries.push(entry);
    else {
      const partial = /[*?]/.test(text) && text !== "*";
      report.error(
        "invalid-principal",
        place,
        partial
          ? `\`${text}\`: a principal cannot hold a wildcard beside other text`
          : `\`${text}\` is not a principal`,
      );
    }
  }
  return entries;
}
