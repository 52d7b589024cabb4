import type { Grant } from "../../ports/grant.ts";
import type { OrganizationsOperationName } from "../../ports/operation-name.ts";
import type { OrganizationRecord } from "../../ports/organization-store.ts";
import type { QueryConditionKey } from "../demand.ts";
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
import { reasonOf } from "./refusals.ts";

/** Where an operation of the organization works. */
export interface OrganizationsContext extends OperationContext {
  readonly organization: OrganizationRecord;
}

type Resource = "account" | "awspolicy" | "policy" | "root";

/** The resource that an operation is asked on, and the condition keys that go with it. */
export interface OrganizationsTarget {
  readonly resources?: Readonly<Partial<Record<Resource, ResolvedResource | "not-asked">>>;
  readonly context?: Readonly<Record<string, string>>;
}

interface OrganizationsDefinition<S extends JsonSpec> {
  readonly name: OrganizationsOperationName;
  /** Names of the resources in the reference; none: `*`. */
  readonly resources?: readonly Resource[];
  readonly fields: S;
  readonly conditionKeys?: readonly QueryConditionKey[];
  /** "This operation can be called from any account in the organization." Default: only from the management account. */
  readonly anyAccount?: true;
  readonly target?: (values: JsonValues<S>, context: OrganizationsContext) => Promise<OrganizationsTarget | Refusal>;
  readonly run: (
    grant: Grant,
    values: JsonValues<S>,
    context: OrganizationsContext,
  ) => Promise<JsonResult | undefined | Refusal>;
}

/** An operation of AWS Organizations: it demands `organizations:NAME` on its resources. */
export function defineOrganizations<S extends JsonSpec>(definition: OrganizationsDefinition<S>): JsonOperation {
  const { name, resources = ["none"], fields, conditionKeys = [], anyAccount, target, run } = definition;
  const action = `organizations:${name}` as const;
  return defineJson<JsonValues<S>>("organizations", {
    name,
    reads: Object.keys(fields),
    demands: resources.map((resource) => ({ action, resource })),
    conditionKeys,
    parse: (members) =>
      readJsonFields(members, fields, "InvalidInputException", (first) => ({ Reason: reasonOf(first) })),
    async resolve(values, context) {
      const organization = await context.ports.organization.findOrganization();
      const found = (await target?.(values, { ...context, organization })) ?? {};
      if (isRefusal(found)) return found;
      return { resources: found.resources ?? {}, context: new Map(Object.entries(found.context ?? {})) };
    },
    async run(grant, values, context) {
      const organization = await context.ports.organization.findOrganization();
      if (anyAccount === undefined && grant.accountId !== organization.managementAccountId)
        return refuse("AccessDenied");
      return run(grant, values, { ...context, organization });
    },
  });
}
