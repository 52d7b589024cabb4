/** Both evaluators on the same question. */
import { type DocumentLayers, evaluate } from "./oracle/evaluate.ts";
import type { AccessRequest, Decision } from "../model/request.ts";
import { compileLayers } from "../engine/compile-policy.ts";
import { decide } from "../engine/decide.ts";
import type { Layers } from "../engine/program.ts";
import { readRuling } from "../engine/ruling.ts";

export interface Answers {
  readonly evaluated: Decision;
  readonly decided: Decision;
  /** Same decision, reason, layer, statement and unreadable policy. */
  readonly equal: boolean;
}

export function bothAnswers(layers: DocumentLayers, programs: Layers, request: AccessRequest): Answers {
  const evaluated = evaluate(layers, request);
  const decided = readRuling(programs, decide(programs, request));
  return { evaluated, decided, equal: isSame(evaluated, decided) };
}

function isSame(left: Decision, right: Decision): boolean {
  return (
    left.allowed === right.allowed &&
    left.reason === right.reason &&
    left.layer === right.layer &&
    left.unreadable === right.unreadable &&
    left.statement?.policyName === right.statement?.policyName &&
    left.statement?.index === right.statement?.index &&
    left.statement?.sid === right.statement?.sid
  );
}

/** The decision, once the engine and the oracle have both been asked. Throws when they disagree. */
export function decideBoth(layers: DocumentLayers, request: AccessRequest): Decision {
  const { evaluated, decided, equal } = bothAnswers(layers, compileLayers(layers), request);
  if (!equal) throw new Error(`engine: ${JSON.stringify(decided)}, oracle: ${JSON.stringify(evaluated)}`);
  return decided;
}
