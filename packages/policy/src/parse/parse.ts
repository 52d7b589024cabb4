/**
 * JSON text to a typed policy document, strictly: what the language does not have is refused, never skipped.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
import { type JsonMember, type JsonNode, readJson } from "./json.ts";
import type { ParseResult, Policy, PolicyKind, PolicyVersion, Statement } from "../model/policy.ts";
import { makeReport, placeOf, pointerTo, type Report } from "./report.ts";
import { readStatement, reportUnknown } from "./statement-element.ts";

/** Characters; twenty times AWS's largest document. */
const maxLength = 400_000;

/** Never throws, whatever the text. `policy` is there exactly when there are no diagnostics. */
export function parsePolicy(text: string, kind: PolicyKind): ParseResult {
  const report = makeReport();
  if (text.length > maxLength) {
    report.error(
      "too-long",
      { pointer: "", span: { start: 0, end: text.length } },
      `a policy has at most ${maxLength} characters`,
    );
    return { diagnostics: report.diagnostics(text.length) };
  }
  const read = readJson(text);
  if ("fault" in read) {
    const { code, span, message, help } = read.fault;
    report.error(code, { pointer: "", span }, message, help);
    return { diagnostics: report.diagnostics(text.length) };
  }
  const policy = readDocument(read.node, kind, report);
  const diagnostics = report.diagnostics(text.length);
  return policy === undefined || diagnostics.length > 0 ? { diagnostics } : { policy, diagnostics };
}

function readDocument(node: JsonNode, kind: PolicyKind, report: Report): Policy | undefined {
  if (node.kind !== "object") {
    report.error("wrong-type", placeOf(node, ""), "a policy must be a JSON object");
    return undefined;
  }
  const members = new Map(node.members.map((member) => [member.key, member]));
  reportUnknown(node.members, "", ["Version", "Id", "Statement"], report);
  const versionMember = members.get("Version");
  const version = readVersion(versionMember, report);
  if (kind === "resource-guardrail" && version !== "2012-10-17")
    report.error("organization-version", placeOf(node, ""), "a resource control policy needs `Version` 2012-10-17");
  const id = readId(members.get("Id"), kind, report);
  const statement = members.get("Statement");
  if (statement === undefined) {
    report.error("missing-statement", placeOf(node, ""), "a policy needs `Statement`");
    return undefined;
  }
  return {
    version,
    explicitVersion: versionMember !== undefined,
    ...(id === undefined ? {} : { id }),
    statementList: statement.value.kind === "array",
    statements: readStatements(statement.value, kind, version, report),
  };
}

function readVersion(member: JsonMember | undefined, report: Report): PolicyVersion {
  if (member === undefined) return "2008-10-17";
  const { value } = member;
  if (value.kind === "string" && (value.value === "2012-10-17" || value.value === "2008-10-17")) return value.value;
  report.error("invalid-version", placeOf(value, "/Version"), "`Version` must be `2012-10-17` or `2008-10-17`");
  return "2012-10-17";
}

/**
 * "ID is allowed in resource-based policies, but not in identity-based policies."
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_id.html
 */
function readId(member: JsonMember | undefined, kind: PolicyKind, report: Report): string | undefined {
  if (member === undefined) return undefined;
  if (kind !== "resource" && kind !== "trust")
    report.error(
      "prohibited-id",
      { pointer: "/Id", span: member.keySpan },
      "`Id` is allowed in the policies of resources only",
    );
  if (member.value.kind === "string") return member.value.value;
  report.error("wrong-type", placeOf(member.value, "/Id"), "must be a string");
  return undefined;
}

function readStatements(
  node: JsonNode,
  kind: PolicyKind,
  version: PolicyVersion,
  report: Report,
): readonly Statement[] {
  const isList = node.kind === "array";
  const items = isList ? node.items : [node];
  if (items.length === 0)
    report.error("empty-list", placeOf(node, "/Statement"), "a policy needs at least one statement");
  const statements: Statement[] = [];
  const sids = new Set<string>();
  for (const [index, item] of items.entries()) {
    const pointer = isList ? pointerTo("/Statement", index) : "/Statement";
    const statement = readStatement(item, pointer, kind, version, report);
    if (statement === undefined) continue;
    const { sid } = statement;
    if (sid !== undefined && sid !== "" && sids.has(sid)) {
      const written = item.kind === "object" ? item.members.find(({ key }) => key === "Sid") : undefined;
      report.error(
        "duplicate-sid",
        placeOf(written?.value ?? item, pointerTo(pointer, "Sid")),
        `\`${sid}\` is the \`Sid\` of another statement`,
      );
    }
    if (sid !== undefined) sids.add(sid);
    statements.push(statement);
  }
  return statements;
}
