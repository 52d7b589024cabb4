import type { Grant } from "../../ports/grant.ts";
import type { OwnOperationName } from "../../ports/operation-name.ts";
import { defineJson } from "../json/define-json.ts";
import { type JsonSpec, type JsonValues, readJsonFields } from "../json/json-fields.ts";
import type { JsonResult } from "../json/json-value.ts";
import {
  isRefusal,
  type JsonOperation,
  type OperationContext,
  type Refusal,
  type ResolvedResource,
} from "../operation.ts";

interface OwnDefinition<S extends JsonSpec> {
  readonly name: OwnOperationName;
  readonly fields: S;
  /** What the action is asked on. Default: `*`. */
  readonly target?: (values: JsonValues<S>, context: OperationContext) => Promise<ResolvedResource | Refusal>;
  /** What the target is. Default: a user or a role. */
  readonly targetType?: "identity" | "bucket";
  readonly run: (grant: Grant, values: JsonValues<S>, context: OperationContext) => Promise<JsonResult | Refusal>;
}

/** An operation of the gateway's own service: it demands `s3-credentials:NAME`. */
export function defineOwn<S extends JsonSpec>({
  name,
  fields,
  target,
  targetType = "identity",
  run,
}: OwnDefinition<S>): JsonOperation {
  return defineJson<JsonValues<S>>("s3-credentials", {
    name,
    reads: Object.keys(fields),
    demands: [{ action: `s3-credentials:${name}`, resource: target === undefined ? "none" : targetType }],
    conditionKeys: [],
    parse: (members) => readJsonFields(members, fields, "ValidationException"),
    async resolve(values, context) {
      const resource = await target?.(values, context);
      if (isRefusal(resource)) return resource;
      return { resources: resource === undefined ? {} : { [targetType]: resource }, context: new Map() };
    },
    run,
  });
}
