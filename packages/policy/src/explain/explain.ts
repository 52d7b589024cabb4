/** Why a request is allowed or denied, for people: every statement's outcome, and what change would allow it. */
import type { Layers } from "../engine/program.ts";
import { type DecisionTrace, trace } from "../engine/trace.ts";
import type { AccessRequest } from "../model/request.ts";
import { type Change, changesThatAllow } from "./changes.ts";
import { describeDenial } from "./denial-message.ts";

export interface Explanation extends DecisionTrace {
  /** `… because no identity-based policy allows the s3:GetObject action`; undefined for an allow. */
  readonly message: string | undefined;
  /** Of a denial: each alone would allow the request. Every one was tried by deciding again with it. */
  readonly changes: readonly Change[];
  /** Of a denial that no single change would turn: two changes that do so together. */
  readonly pairs: readonly (readonly [Change, Change])[];
}

export function explain(layers: Layers, request: AccessRequest): Explanation {
  const traced = trace(layers, request);
  const { decision } = traced;
  const message = describeDenial(decision, request)?.text;
  if (decision.allowed) return { ...traced, message, changes: [], pairs: [] };
  return { ...traced, message, ...changesThatAllow(layers, request, traced) };
}
