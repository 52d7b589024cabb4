import type { XmlNode } from "@s3-credentials/protocol";
import type { JsonResult } from "../operations/json/json-value.ts";
import type { Refusal, Reply } from "../operations/operation.ts";
import type { UsedBuckets } from "../ports/access-log.ts";
import type { RequestTime } from "../ports/time-budget.ts";
import type { CallFacts } from "../record/recorded-call.ts";

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

/** What became of a request, for rendering, for the log and for the record. */
export interface Answer extends CallFacts {
  readonly outcome: Reply | Refusal | QueryResult | JsonAnswer;
  /** The buckets of a request to S3; undefined as long as nobody looked for them. */
  readonly used: UsedBuckets | undefined;
  /** The turns of the caller: a long answer is rendered in them. */
  readonly time: RequestTime | undefined;
}

/** An answer in the making: a fault on the way keeps what was known so far for the log. */
export type Progress = { -readonly [Field in keyof Omit<Answer, "outcome">]: Answer[Field] };

export function nothingKnown(): Progress {
  return {
    operation: undefined,
    caller: undefined,
    decision: undefined,
    grant: undefined,
    parameters: undefined,
    document: undefined,
    resources: [],
    form: undefined,
    used: undefined,
    time: undefined,
  };
}
