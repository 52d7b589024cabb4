/** The tree of a decision as lines of a terminal. */
import {
  type DecisionTree,
  failedCondition,
  type Outcome,
  type TreeLayer,
  type TreeStatement,
} from "./decision-tree.ts";
import { conditionText } from "./explanation-lines.ts";

/** Names of the layers, as a page or a terminal heads them. */
export const treeLayerNames: Readonly<Record<TreeLayer, string>> = {
  "service-control": "Service control policies of the organization",
  "resource-control": "Resource control policies of the organization",
  resource: "Policy of the resource",
  trust: "Trust policy of the role",
  identity: "Policies of the caller",
  boundary: "Permissions boundary",
  session: "Session policies",
  root: "Root of the account",
  none: "This action needs no permission",
};

/** What a layer, a policy or a statement says of the request. */
export const outcomeWords: Readonly<Record<Outcome, string>> = {
  allows: "allows",
  denies: "denies",
  "says-nothing": "neither allows nor denies",
};

/** A line with those that belong to it. */
interface Branch {
  readonly text: string;
  readonly branches: readonly Branch[];
}

/** Lines without line breaks at their ends. The path that decided has `<- decided` at each of its lines. */
export function treeLines({ levels }: DecisionTree): readonly string[] {
  return linesOf(
    levels.map(({ layer, outcome, decided, policies }) => ({
      text: marked(`${treeLayerNames[layer]}: ${outcomeWords[outcome]}`, decided),
      branches: policies.length === 0 && layer !== "root" && layer !== "none" ? [noPolicy] : policies.map(policyBranch),
    })),
  );
}

const noPolicy: Branch = { text: "(no policy)", branches: [] };

function policyBranch({
  name,
  outcome,
  decided,
  statements,
}: DecisionTree["levels"][number]["policies"][number]): Branch {
  if (statements === undefined) return { text: marked(`${name}: cannot be read, so it denies`, decided), branches: [] };
  return { text: marked(`${name}: ${outcomeWords[outcome]}`, decided), branches: statements.map(statementBranch) };
}

function statementBranch(statement: TreeStatement): Branch {
  const { index, sid, effect, applies, failedAt, conditions, decided } = statement;
  const name = `statement ${index + 1}${sid === undefined ? "" : ` (${sid})`}, ${effect}`;
  const failed = failedCondition(statement);
  const verdict = applies ? "applies" : `does not apply: ${failedAt ?? ""}`;
  const shown = applies ? conditions : failed === undefined ? [] : [failed];
  return {
    text: marked(`${name}: ${verdict}`, decided),
    branches: shown.map((one) => ({
      text: `${one.holds ? "holds" : "failed"}: ${conditionText(one)}`,
      branches: [],
    })),
  };
}

function marked(text: string, decided: boolean): string {
  return decided ? `${text}  <- decided` : text;
}

function linesOf(branches: readonly Branch[], indent = ""): string[] {
  return branches.flatMap(({ text, branches: inner }, at) => {
    const isLast = at === branches.length - 1;
    return [`${indent}${isLast ? "└─ " : "├─ "}${text}`, ...linesOf(inner, `${indent}${isLast ? "   " : "│  "}`)];
  });
}
