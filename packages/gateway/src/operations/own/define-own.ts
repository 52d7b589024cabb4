import type { Grant } from "../../ports/grant.ts";
import type { OwnOperationName } from "../../ports/operation-name.ts";
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

interface OwnDefinition<S extends JsonSpec> {
  readonly name: OwnOperationName;
  readonly fields: S;
  /** What the action is asked on. Default: `*`. */
  readonly target?: (values: JsonValues<S>, context: OperationContext) => Promise<ResolvedResource | Refusal>;
  readonly run: (grant: Grant, values: JsonValues<S>, context: OperationContext) => Promise<JsonResult | Refusal>;
}

/**
 * An operation of the gateway's own service: it demands `s3-credentials:NAME`. No model of an SDK has its members, so a member that it
 * does not read is refused here.
 */
export function defineOwn<S extends JsonSpec>({ name, fields, target, run }: OwnDefinition<S>): JsonOperation {
  const operation: JsonOperation<JsonValues<S>> = {
    name,
    reads: Object.keys(fields),
    refuses: new Set(),
    demands: [{ action: `s3-credentials:${name}`, resource: target === undefined ? "none" : "identity" }],
    conditionKeys: [],
    parse(members) {
      const unknown = [...members.keys()].find((member) => !Object.hasOwn(fields, member));
      return unknown === undefined
        ? readJsonFields(members, fields, "ValidationException")
        : refuse("ValidationException", `${unknown.slice(0, 128)} is not a member of ${name}.`);
    },
    async resolve(values, context) {
      const identity = await target?.(values, context);
      if (isRefusal(identity)) return identity;
      return { resources: identity === undefined ? {} : { identity }, context: new Map() };
    },
    run,
  };
  return operation as unknown as JsonOperation;
}
