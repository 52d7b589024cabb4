/** Which rules of the policy language the scenarios cover, and where the engine answers otherwise than the page. */
import type { DecisionScenario, Scenario, ScenarioFile } from "./scenario-file.ts";
import { documentOf, policiesOf, readScenarioFiles, type WrittenDocument } from "./scenario-file.ts";

type Element = Readonly<Record<string, unknown>>;

const columns = [
  "allow",
  "deny",
  "refused",
  "accepted",
  "absent key",
  "several values",
  "negation",
  "2012-10-17",
  "2008-10-17",
] as const;
type Column = (typeof columns)[number];

/** The page `docs/reference/policy-coverage.md` as Markdown, made from the scenario files of this folder. */
export function coverageTable(folder: string): string {
  const files = readScenarioFiles(folder);
  const all = files.flatMap(({ page, scenarios }) => scenarios.map((scenario) => ({ page, ...scenario })));
  const open = all.filter((scenario) => scenario.open !== undefined).length;
  const differing = all.filter((scenario) => scenario.differs !== undefined);
  const rules = new Set(all.map(({ rule }) => rule));
  return [
    "# Policy language: coverage\n",
    `${all.length} scenarios of ${rules.size} rules, each written from a page of the AWS documentation and run against the engine and its oracle`,
    "(`packages/policy/test/cases`). A scenario counts in every column that fits it; versions count per scenario, a document without",
    "`Version` as 2008-10-17.\n",
    `For ${open} of them the page leaves the answer open: [differences](../differences.md) or the scenario itself says what is chosen.`,
    `In ${differing.length} the answer is another than the page's; they are listed at the end.\n`,
    ...files.map(fileTable),
    "## Where the answer is not the page's\n",
    table(
      ["rule", "scenario", "page", "here"],
      differing.map((one) => [one.rule, `[${one.what}](${one.page})`, promiseOf(one), ownAnswerOf(one)]),
    ),
  ].join("\n");
}

function fileTable({ subject, page, scenarios }: ScenarioFile): string {
  const rules = new Map<string, Map<Column, number>>();
  for (const scenario of scenarios) {
    const counts = rules.get(scenario.rule) ?? new Map<Column, number>();
    for (const column of columnsOf(scenario)) counts.set(column, (counts.get(column) ?? 0) + 1);
    rules.set(scenario.rule, counts);
  }
  const rows = [...rules].map(([rule, counts]) =>
    [rule].concat(columns.map((column) => String(counts.get(column) ?? ""))),
  );
  return `## ${subject}\n\n${scenarios.length} scenarios, mostly of <${page}>.\n\n${table(["rule", ...columns], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}

function promiseOf(scenario: Scenario): string {
  if ("refused" in scenario) return "refused";
  return "accepted" in scenario ? "accepted" : scenario.expect;
}

function ownAnswerOf({ differs }: Scenario): string {
  if (differs === undefined) return "";
  const answer = typeof differs.ours === "string" ? differs.ours : `refused: ${differs.ours.code}`;
  return `${answer}: ${differs.why}`;
}

function columnsOf(scenario: Scenario): ReadonlySet<Column> {
  const found = new Set<Column>();
  if ("refused" in scenario) found.add("refused");
  else if ("accepted" in scenario) found.add("accepted");
  else found.add(scenario.expect.startsWith("allow") ? "allow" : "deny");
  const documents = documentsOf(scenario);
  for (const { Version } of documents) {
    if (Version === "2012-10-17") found.add("2012-10-17");
    else if (Version === "2008-10-17" || Version === undefined) found.add("2008-10-17");
  }
  const statements = documents.flatMap(({ Statement }) => (Array.isArray(Statement) ? Statement : [Statement]));
  const elements = statements.filter(isObject);
  if (elements.some((element) => Object.keys(element).some((name) => /^Not[A-Z]/.test(name)))) found.add("negation");
  if ("expect" in scenario) addConditionColumns(scenario, elements, found);
  return found;
}

function addConditionColumns({ request }: DecisionScenario, statements: readonly Element[], found: Set<Column>): void {
  const context = new Map(Object.entries(request?.context ?? {}).map(([key, value]) => [key.toLowerCase(), value]));
  // Variables are keys as well; in 2008-10-17 they are text, which the rule `variable-version` is about.
  for (const [, key = ""] of JSON.stringify(statements).matchAll(/\$\{([\w:/.+=@-]+)[^}]*\}/g))
    if (!context.has(key.toLowerCase())) found.add("absent key");
  for (const { Condition } of statements) {
    if (!isObject(Condition)) continue;
    for (const [operator, keys] of Object.entries(Condition)) {
      if (/Not(?:Equals|Like|Ip)|^Not/.test(operator)) found.add("negation");
      for (const [key, values] of Object.entries(isObject(keys) ? keys : {})) {
        const given = context.get(key.toLowerCase());
        if (given === undefined) found.add("absent key");
        if (isSeveral(values) || isSeveral(given)) found.add("several values");
      }
    }
  }
}

function documentsOf(scenario: Scenario): readonly Element[] {
  if (!("expect" in scenario)) return isObject(scenario.document) ? [scenario.document] : [];
  const { identity = [], boundary, session = [], resource, trust, guardrails = [] } = policiesOf(scenario);
  const given = [...identity, boundary, ...session.flat(), resource, trust, ...guardrails];
  return given.filter(isGiven).map(documentOf);
}

function isGiven(written: WrittenDocument | null | undefined): written is WrittenDocument {
  return written !== null && written !== undefined;
}

function isObject(value: unknown): value is Element {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSeveral(value: unknown): boolean {
  return Array.isArray(value) && value.length > 1;
}
