import {
  decisionTree,
  type Explanation,
  explanationData,
  explanationText,
  type ReportedDecision,
  treeLines,
} from "@s3-credentials/policy";

/** What is known beside the policies that could be read. */
export interface Surroundings {
  readonly reported: ReportedDecision | undefined;
  /** Where it was reported. */
  readonly from: "message" | "log" | "record";
  /** The caller is a session, and no session policy was given as a file. */
  readonly hiddenSession: boolean;
  /** The layers are shown as a tree. */
  readonly tree: boolean;
}

const sessionsHidden =
  "Session policies of that session are not visible here, because no service gives them out: pass them with --session FILE.";

/** A layer that decided, and whose policies cannot be read here. */
interface HiddenLayer {
  readonly name: string;
  /** Why it is not visible, and what to do about it; empty when nothing can be done. */
  readonly help: string;
}

function hiddenLayer({ reported, hiddenSession }: Surroundings): HiddenLayer | undefined {
  if (reported === undefined || reported.allowed) return undefined;
  if (reported.hidden !== undefined) return { name: reported.hidden, help: "" };
  if (reported.layer !== "session" || !hiddenSession) return undefined;
  return {
    name: "a session policy",
    help: ", because no service gives session policies out: pass it with --session FILE",
  };
}

/**
 * Lines about a decision made elsewhere and the one that the policies in force give. INVARIANT: nothing says `ALLOWED` when a
 * service reported a denial.
 */
export function verdictLines(explanation: Explanation, around: Surroundings): readonly string[] {
  const { reported } = around;
  const { verdict, message, layers: sections, changes } = explanationText(explanation);
  const layers = around.tree ? ["", ...treeLines(decisionTree(explanation))] : sections;
  const notes = around.hiddenSession && reported?.layer !== "session" ? ["", sessionsHidden] : [];
  const rest = [...(message === undefined ? [] : [message]), ...layers, ...changes, ...notes];
  if (reported === undefined) return [verdict, ...rest];
  const hidden = hiddenLayer(around);
  if (hidden !== undefined)
    return [
      `DENIED by ${hidden.name}: ${reported.reason}`,
      `That layer is not visible here${hidden.help}. What can be read ${explanation.decision.allowed ? "does not deny it" : "does not allow it either"}:`,
      ...layers,
      ...notes,
    ];
  if (around.from === "record")
    return explanation.decision.allowed === reported.allowed
      ? [`Recorded: ${reported.reason}`, "With the policies as they were then:", "", verdict, ...rest]
      : [`Recorded: ${reported.reason}`, notWhole, ...layers, ...notes];
  if (around.from === "log")
    return [`Recorded: ${reported.reason}`, ...agreement(explanation, reported), verdict, ...rest];
  if (!explanation.decision.allowed) return [verdict, ...rest, ...differentLayer(explanation, reported)];
  return [
    `DENIED when it was asked${reported.reason === "" ? "" : `: ${reported.reason}`}`,
    "The policies in force now, as far as they can be read, would allow it: they have changed since, or a layer that is not visible here decided, or the request had a condition key that is not known here (--context KEY=VALUE).",
    ...rest,
  ];
}

/** An event has the decision, and not all that was known of the request. */
const notWhole =
  "The policies as they were then ask for something of the request that the record does not have, such as a tag of an object of another account. Without it:";

/** Whether a record and the present decision say the same. */
function agrees({ decision }: Explanation, reported: ReportedDecision): boolean {
  return decision.allowed === reported.allowed && (reported.layer === undefined || decision.layer === reported.layer);
}

function agreement(explanation: Explanation, reported: ReportedDecision): readonly string[] {
  return agrees(explanation, reported)
    ? ["Now, the same:", ""]
    : [
        "Now it is decided otherwise: the policies have changed since, or a layer that is not visible here decided.",
        "",
      ];
}

function differentLayer(explanation: Explanation, reported: ReportedDecision): readonly string[] {
  if (agrees(explanation, reported)) return [];
  return [
    "",
    `The message gives another reason: ${reported.reason}. The policies have changed since, or not all are visible.`,
  ];
}

/** The same as data. */
export function verdictJson(explanation: Explanation, around: Surroundings): object {
  const { reported, from } = around;
  const hidden = hiddenLayer(around);
  const notes = around.hiddenSession ? [sessionsHidden] : [];
  const data = around.tree ? treeData(explanation) : explanationData(explanation);
  if (reported === undefined) return { ...data, ...(notes.length === 0 ? {} : { notes }) };
  const record = {
    ...reported,
    from,
    ...(hidden === undefined ? {} : { notVisible: hidden.name }),
    agrees: agrees(explanation, reported),
  };
  const contradicts = hidden !== undefined || (from === "message" && explanation.decision.allowed);
  return {
    ...data,
    ...(contradicts
      ? {
          decision: { allowed: false, layer: reported.layer ?? "none" },
          visible: explanation.decision,
          changes: [],
          pairs: [],
        }
      : {}),
    reported: record,
    ...(notes.length === 0 ? {} : { notes }),
  };
}

function treeData(explanation: Explanation): object {
  const { layers: _layers, ...data } = explanationData(explanation);
  return { ...data, tree: decisionTree(explanation).levels };
}
