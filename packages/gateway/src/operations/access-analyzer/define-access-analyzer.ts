import type { Grant } from "../../ports/grant.ts";
import type { AccessAnalyzerOperationName } from "../../ports/operation-name.ts";
import type { QueryConditionKey, QueryDemand } from "../demand.ts";
import { defineJson } from "../json/define-json.ts";
import { type JsonSpec, type JsonValues, readJsonFields } from "../json/json-fields.ts";
import type { JsonResult } from "../json/json-value.ts";
import {
  isRefusal,
  type JsonOperation,
  type OperationContext,
  type Refusal,
  refuse,
  type ResolvedResource,
} from "../operation.ts";

export interface AccessAnalyzerContext extends OperationContext {
  /** Whose analyzers these are: the caller's account, and no other. */
  readonly accountId: string;
}

/** The resource that an operation is asked on, and the condition keys that go with it. */
export interface AccessAnalyzerTarget {
  readonly resource: ResolvedResource;
  readonly context?: ReadonlyMap<string, string | readonly string[]>;
}

interface AccessAnalyzerDefinition<S extends JsonSpec> {
  readonly name: AccessAnalyzerOperationName;
  /** Default: the operation's name. */
  readonly action?: QueryDemand["action"];
  readonly fields: S;
  /** The type of the resource in the reference; none: `*`. */
  readonly resource?: "Analyzer" | "ArchiveRule";
  readonly conditionKeys?: readonly QueryConditionKey[];
  readonly target?: (values: JsonValues<S>, context: AccessAnalyzerContext) => Promise<AccessAnalyzerTarget | Refusal>;
  readonly run: (
    grant: Grant,
    values: JsonValues<S>,
    context: AccessAnalyzerContext,
  ) => Promise<JsonResult | undefined | Refusal>;
}

/** A mistake in a request: the API's error always says of what kind it is. */
export function invalid(message: string, reason: "fieldValidationFailed" | "notSupported" | "other"): Refusal {
  return refuse("ValidationException", message, { details: { reason } });
}

/** An operation of IAM Access Analyzer: it demands `access-analyzer:NAME` on its resource. */
export function defineAccessAnalyzer<S extends JsonSpec>(definition: AccessAnalyzerDefinition<S>): JsonOperation {
  const { name, fields, resource, conditionKeys = [], target, run } = definition;
  return defineJson<JsonValues<S>>("access-analyzer", {
    name,
    reads: Object.keys(fields),
    demands: [{ action: definition.action ?? `access-analyzer:${name}`, resource: resource ?? "none" }],
    conditionKeys,
    parse(members) {
      const values = readJsonFields(members, fields, "ValidationException");
      return isRefusal(values) && values.code === "ValidationException"
        ? invalid(values.message ?? "", "fieldValidationFailed")
        : values;
    },
    async resolve(values, context) {
      if (resource === undefined || target === undefined) return { resources: {}, context: new Map() };
      const found = await target(values, withAccount(context));
      if (isRefusal(found)) return found;
      return { resources: { [resource]: found.resource }, context: found.context ?? new Map() };
    },
    run: (grant, values, context) => run(grant, values, withAccount(context)),
  });
}

/** Whoever is asked about analyzers has an account: a service asks nothing, and an anonymous caller does not get here. */
function withAccount(context: OperationContext): AccessAnalyzerContext {
  return { ...context, accountId: "accountId" in context.principal ? context.principal.accountId : "" };
}
