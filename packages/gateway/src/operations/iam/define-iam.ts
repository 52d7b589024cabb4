import type { XmlNode } from "@s3-credentials/protocol";
import type { Grant } from "../../ports/grant.ts";
import type { QueryConditionKey } from "../demand.ts";
import {
  isRefusal,
  type OperationContext,
  type QueryOperation,
  type Refusal,
  type ResolvedIdentity,
  type ResolvedResource,
} from "../operation.ts";
import type { IamOperationName } from "../../ports/operation-name.ts";
import { defineQuery } from "../query/define-query.ts";
import { type Field, readFields, type Values } from "../query/fields.ts";

/** The resource one IAM operation is asked on, and the condition keys that go with it. */
export interface IamTarget {
  /** Undefined for operations without a resource (`*`). */
  readonly resource: ResolvedResource | undefined;
  /** Which of the operation's resources it is, where it has several. */
  readonly kind?: ResourceKind;
  /** The new name of the resource, for operations that rename. */
  readonly renamed?: ResolvedResource | "not-asked";
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  readonly identity?: ResolvedIdentity;
  readonly selfService?: boolean;
}

type ResourceKind = "user" | "role" | "group" | "policy" | "mfa" | "oidc-provider";

type Spec = Readonly<Record<string, Field<unknown>>>;

export interface IamDefinition<S extends Spec> {
  readonly name: IamOperationName;
  /** Name of the resource in the reference: `user`, `role`, `policy`; `none`. Of several, a request is about one. */
  readonly resource: ResourceKind | "none" | readonly ResourceKind[];
  /** "The requester must have appropriate permissions on both the source object and the target object": see `IamTarget.renamed`. */
  readonly renames?: true;
  /**
   * A list, which is asked on the ARN of its path prefix (`user/`, `user/team/`), and has no tags of one user or role. The reference names
   * no resource; the guide has a policy that allows iam:ListUsers on the users of a path, and AWS's refusals name this ARN.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_iam_policy-sim-path-console.html
   */
  readonly ofPrefix?: true;
  readonly fields: S;
  /** Beside those of the resource's tags, which every operation on a user, role or policy has. */
  readonly conditionKeys?: readonly QueryConditionKey[];
  readonly target: (values: Values<S>, context: OperationContext) => Promise<IamTarget | Refusal>;
  readonly run: (
    grant: Grant,
    values: Values<S>,
    context: OperationContext,
  ) => Promise<readonly XmlNode[] | undefined | Refusal>;
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html */
const tagKeysOf = {
  user: ["aws:ResourceTag/", "iam:ResourceTag/"],
  role: ["aws:ResourceTag/", "iam:ResourceTag/"],
  group: [],
  policy: ["aws:ResourceTag/"],
  mfa: ["aws:ResourceTag/"],
  "oidc-provider": ["aws:ResourceTag/"],
  none: [],
} as const satisfies Readonly<Record<ResourceKind | "none", readonly QueryConditionKey[]>>;

function resourcesOf(
  names: readonly (ResourceKind | "none")[],
  { resource, kind }: IamTarget,
): Readonly<Record<string, ResolvedResource | "not-asked">> {
  if (resource === undefined) return {};
  return Object.fromEntries(names.map((name) => [name, name === (kind ?? names[0]) ? resource : "not-asked"]));
}

/** An IAM operation: its fields are read at once, and it demands `iam:NAME` on its one resource, by both names if it renames it. */
export function defineIam<S extends Spec>(definition: IamDefinition<S>): QueryOperation {
  const { name, resource, renames, ofPrefix, fields, conditionKeys = [], target, run } = definition;
  const action = `iam:${name}` as const;
  const names: readonly (ResourceKind | "none")[] = typeof resource === "string" ? [resource] : resource;
  const renamedName = `renamed-${names.join("-")}`;
  const tagKeys = new Set(names.flatMap((one) => tagKeysOf[ofPrefix ? "none" : one]));
  return defineQuery<Values<S>>("iam", {
    name,
    reads: Object.keys(fields),
    demands: [...names, ...(renames === undefined ? [] : [renamedName])].map((one) => ({ action, resource: one })),
    conditionKeys: [...tagKeys, ...conditionKeys],
    parse: ({ parameters }) => readFields(parameters, fields),
    async resolve(values, context) {
      const found = await target(values, context);
      if (isRefusal(found)) return found;
      return {
        resources: {
          ...resourcesOf(names, found),
          ...(found.renamed === undefined ? {} : { [renamedName]: found.renamed }),
        },
        context: new Map(Object.entries(found.context ?? {})),
        ...(found.identity === undefined ? {} : { identity: found.identity }),
        selfService: found.selfService === true,
      };
    },
    run,
  });
}
