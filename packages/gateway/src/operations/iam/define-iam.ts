import type { XmlNode } from "@s3-credentials/protocol";
import type { Grant } from "../../access/grant.ts";
import {
  defineQuery,
  isRefusal,
  type OperationContext,
  type QueryOperation,
  type Refusal,
  type ResolvedResource,
} from "../operation.ts";
import type { IamOperationName } from "../operation-name.ts";
import { type Field, readFields, type Values } from "../query/fields.ts";

/** The resource one IAM operation is asked on, and the condition keys that go with it. */
export interface IamTarget {
  /** Undefined for operations without a resource (`*`). */
  readonly resource: ResolvedResource | undefined;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

type Spec = Readonly<Record<string, Field<unknown>>>;

export interface IamDefinition<S extends Spec> {
  readonly name: IamOperationName;
  /** Name of the resource in the reference: `user`, `role`, `policy`; `none`. */
  readonly resource: "user" | "role" | "policy" | "none";
  readonly fields: S;
  readonly conditionKeys?: readonly string[];
  readonly target: (values: Values<S>, context: OperationContext) => Promise<IamTarget | Refusal>;
  readonly run: (
    grant: Grant,
    values: Values<S>,
    context: OperationContext,
  ) => Promise<readonly XmlNode[] | undefined | Refusal>;
}

/** An IAM operation: its fields are read at once, and it demands `iam:NAME` on its one resource. */
export function defineIam<S extends Spec>(definition: IamDefinition<S>): QueryOperation {
  const { name, resource, fields, conditionKeys = [], target, run } = definition;
  return defineQuery<Values<S>>({
    name,
    demands: [{ action: `iam:${name}`, resource }],
    conditionKeys,
    parse: ({ parameters }) => readFields(parameters, fields),
    async resolve(values, context) {
      const found = await target(values, context);
      if (isRefusal(found)) return found;
      return {
        resources: found.resource === undefined ? {} : { [resource]: found.resource },
        context: new Map(Object.entries(found.context ?? {})),
      };
    },
    run,
  });
}
