import type { XmlNode } from "@s3-credentials/protocol";
import type { JsonResult } from "../operations/json/json-value.ts";
import type { LoggedDecision } from "../ports/request-log.ts";
import type { Refusal, Reply } from "../operations/operation.ts";
import type { Caller } from "../ports/principal-directory.ts";
import type { RequestTime } from "../ports/time-budget.ts";

/** Success of a Query operation. `children`: the content of `<ActionResult>`; undefined when the action has no result. */
export interface QueryResult {
  readonly kind: "query-result";
  readonly action: string;
  readonly children: readonly XmlNode[] | undefined;
}

/** Success of an operation of a JSON service. */
export interface JsonAnswer {
  readonly kind: "json-result";
  readonly members: JsonResult;
}

/** What became of a request, for rendering and for the log. */
export interface Answer {
  readonly outcome: Reply | Refusal | QueryResult | JsonAnswer;
  readonly operation: string | undefined;
  /** Only once the signature has verified. */
  readonly caller: Caller | undefined;
  readonly decision: LoggedDecision | undefined;
  /** Of the caller, for the rendering of a long answer. */
  readonly time: RequestTime | undefined;
}

/** An answer in the making: a fault on the way keeps what was known so far for the log. */
export type Progress = { -readonly [Field in keyof Omit<Answer, "outcome">]: Answer[Field] };
