import { type Explanation, explanationData, explanationLines } from "@s3-credentials/policy";
import type { ToldDecision } from "../input/access-question.ts";

/** What is known beside the policies that could be read. */
export interface Surroundings {
  readonly told: ToldDecision | undefined;
  /** Where it was told: `message`, or `log`. */
  readonly from: "message" | "log";
  /** The caller is a session, and no session policy was given as a file. */
  readonly hiddenSession: boolean;
}

const sessionsHidden =
  "Session policies of that session are not visible here, because no service gives them out: pass them with --session FILE.";

/** The layer that decided, when it is none of those read here. */
function hiddenLayer({ told, hiddenSession }: Surroundings): string | undefined {
  if (told === undefined || told.allowed) return undefined;
  if (told.hidden !== undefined) return told.hidden;
  return told.layer === "session" && hiddenSession ? "a session policy" : undefined;
}

/**
 * Lines about a decision made elsewhere and the one that the policies in force give. INVARIANT: `ALLOWED` never stands
 * against a denial that a service told.
 */
export function verdictLines(explanation: Explanation, around: Surroundings): readonly string[] {
  const { told } = around;
  const plain = explanationLines(explanation);
  const notes = around.hiddenSession && told?.layer !== "session" ? ["", sessionsHidden] : [];
  if (told === undefined) return [...plain, ...notes];
  const hidden = hiddenLayer(around);
  if (hidden !== undefined) {
    const details = explanationLines({ ...explanation, changes: [], pairs: [] }).slice(
      explanation.message === undefined ? 1 : 2,
    );
    return [
      `DENIED by ${hidden}: ${told.reason}`,
      `That layer is not visible here${hidden === "a session policy" ? ", because no service gives session policies out: pass it with --session FILE" : ""}. What can be read ${explanation.decision.allowed ? "does not deny it" : "does not allow it either"}:`,
      ...details,
      ...notes,
    ];
  }
  if (around.from === "log") return [`Recorded: ${told.reason}`, ...agreement(explanation, told), ...plain, ...notes];
  if (!explanation.decision.allowed) return [...plain, ...differentLayer(explanation, told), ...notes];
  return [
    `DENIED when it was asked${told.reason === "" ? "" : `: ${told.reason}`}`,
    "The policies in force now, as far as they can be read, would let it pass: they have changed since, or a layer that is not visible here decided, or the request had a condition key that is not known here (--context KEY=VALUE).",
    ...plain.slice(1),
    ...notes,
  ];
}

/** Whether a record and the present decision say the same. */
export function agrees({ decision }: Explanation, told: ToldDecision): boolean {
  return decision.allowed === told.allowed && (told.layer === undefined || decision.layer === told.layer);
}

function agreement(explanation: Explanation, told: ToldDecision): readonly string[] {
  return agrees(explanation, told)
    ? ["Now, the same:", ""]
    : [
        "Now it is decided otherwise: the policies have changed since, or a layer that is not visible here decided.",
        "",
      ];
}

function differentLayer(explanation: Explanation, told: ToldDecision): readonly string[] {
  if (agrees(explanation, told)) return [];
  return [
    "",
    `The message gives another reason: ${told.reason}. The policies have changed since, or not all are visible.`,
  ];
}

/** The same as data. */
export function verdictJson(explanation: Explanation, around: Surroundings): object {
  const { told, from } = around;
  const hidden = hiddenLayer(around);
  const notes = around.hiddenSession ? [sessionsHidden] : [];
  if (told === undefined) return { ...explanationData(explanation), ...(notes.length === 0 ? {} : { notes }) };
  const record = {
    ...told,
    from,
    ...(hidden === undefined ? {} : { notVisible: hidden }),
    agrees: agrees(explanation, told),
  };
  const contradicts = hidden !== undefined || (from === "message" && explanation.decision.allowed);
  return {
    ...explanationData(explanation),
    ...(contradicts
      ? {
          decision: { allowed: false, layer: told.layer ?? "none" },
          visible: explanation.decision,
          changes: [],
          pairs: [],
        }
      : {}),
    told: record,
    ...(notes.length === 0 ? {} : { notes }),
  };
}
