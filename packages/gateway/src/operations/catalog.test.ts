import {
  actionOfOperation,
  catalogServices,
  conditionKeyType,
  findAction,
  serviceActions,
} from "@s3-credentials/policy";
import { describe, expect, test } from "vitest";
import type { QueryDemand, S3Demand } from "./demand.ts";
import {
  accessAnalyzerOperationNames,
  accountOperationNames,
  iamOperationNames,
  organizationsOperationNames,
  ownOperationNames,
  s3OperationNames,
  stsOperationNames,
} from "../ports/operation-name.ts";
import { operationTables, type JsonRow, type QueryRow, type S3Row } from "./table.ts";

/**
 * The table and the catalog are equal where both speak:
 * - every action a row demands is one of the catalog's, spelt as there;
 * - it is demanded on a type the catalog lists for it (`*` when the catalog lists none, or only optional ones);
 * - every condition key a row fills is a key the catalog knows, and a key of at least one of the row's actions;
 * - the documented operations of IAM and STS are the catalog's actions, but for the names listed below.
 * What one side says beyond the other is listed here by name, so that a new difference fails, and a mended one too.
 */
interface Row {
  readonly name: string;
  readonly demands: readonly (S3Demand | QueryDemand)[];
  readonly keys: readonly string[];
}

const rows: readonly Row[] = Object.entries<Readonly<Record<string, S3Row | QueryRow | JsonRow>>>(
  operationTables,
).flatMap(([service, table]) =>
  Object.values(table).flatMap((row) =>
    "demands" in row ? [{ name: `${service} ${row.name}`, demands: row.demands, keys: row.conditionKeys }] : [],
  ),
);

/** What the table calls a resource, as the catalog does. */
const types: Readonly<Record<string, string>> = {
  "source-object": "object",
  item: "object",
  "renamed-group": "group",
  "renamed-user": "user",
  self: "role",
  tagged: "role",
  identified: "role",
  identity: "role",
};

/** Where the table says more than the reference: rows and what is beyond it. A row that stops doing so fails too. */
const beyond: Readonly<Record<string, { readonly demands: readonly string[] }>> = {
  // The services' refusals of these name the path's ARN (`arn:aws:iam::ACCOUNT:user/`), the reference no resource.
  "IAM ListGroups": { demands: ["iam:ListGroups"] },
  "IAM ListRoles": { demands: ["iam:ListRoles"] },
  "IAM ListUsers": { demands: ["iam:ListUsers"] },
};

function fits({ action, resource }: S3Demand | QueryDemand): boolean {
  const { resources } = findAction(action) ?? { resources: [] };
  if (resource === "none") return resources.every(({ required }) => !required);
  return resources.some(({ type }) => type === (types[resource] ?? resource));
}

function isKeyOf(key: string, action: string): boolean {
  const keys = findAction(action)?.conditionKeys ?? [];
  return keys.some((one) => one.toLowerCase() === key.toLowerCase());
}

describe.each(rows)("$name", ({ name, demands, keys }) => {
  test("demands documented actions on resources they have", () => {
    for (const demand of demands) expect(findAction(demand.action)?.name).toBe(demand.action);
    const unfit = demands.filter((demand) => !fits(demand)).map(({ action }) => action);
    expect(unfit).toEqual(beyond[name]?.demands ?? []);
  });

  test("fills documented keys of its actions", () => {
    const known = (key: string) => conditionKeyType(key.endsWith("/") ? `${key}x` : key) !== undefined;
    expect(keys.filter((key) => !known(key))).toEqual([]);
    // Keys with `aws:` are of every request that has what they speak of.
    const own = keys.filter((key) => !key.startsWith("aws:"));
    expect(own.filter((key) => !demands.some(({ action }) => isKeyOf(key, action)))).toEqual([]);
  });
});

function differences(prefix: string, operations: readonly string[]) {
  const actions = new Set((serviceActions(prefix) ?? []).map(({ name }) => name.slice(prefix.length + 1)));
  return {
    operationsWithoutAction: operations.filter((name) => !actions.has(name)),
    actionsWithoutOperation: [...actions].filter((name) => !operations.includes(name)),
  };
}

describe("names", () => {
  test("the services are the same", () =>
    expect([...catalogServices].sort()).toEqual(
      Object.keys(operationTables)
        .map((name) => name.toLowerCase())
        .sort(),
    ));
  test("IAM", () =>
    expect(differences("iam", iamOperationNames)).toEqual({
      // Operations the catalog's page has no action for.
      operationsWithoutAction: ["AcquireRole", "GetRoleTemplateVersion"],
      // Permission only: the console's, or asked by another operation (PassRole).
      actionsWithoutOperation: [
        "DeleteCloudFrontPublicKey",
        "GetAccountEmailAddress",
        "GetAccountName",
        "GetCloudFrontPublicKey",
        "ListCloudFrontPublicKeys",
        "ListSTSRegionalEndpointsStatus",
        "PassRole",
        "SetSTSRegionalEndpointStatus",
        "UpdateAccountEmailAddress",
        "UpdateAccountName",
        "UpdateCloudFrontPublicKey",
        "UploadCloudFrontPublicKey",
      ],
    }));
  test("STS", () =>
    expect(differences("sts", stsOperationNames)).toEqual({
      operationsWithoutAction: ["GetScopedCredentials"],
      // Permission only: asked beside AssumeRole and its like, or by other services.
      actionsWithoutOperation: [
        "GetServiceBearerToken",
        "SetContext",
        "SetSourceIdentity",
        "TagGetWebIdentityToken",
        "TagSession",
      ],
    }));
  test("Organizations", () =>
    expect(differences("organizations", organizationsOperationNames)).toEqual({
      operationsWithoutAction: [],
      actionsWithoutOperation: [],
    }));
  test("Account", () =>
    expect(differences("account", accountOperationNames)).toEqual({
      operationsWithoutAction: [],
      // Permission only: the console's.
      actionsWithoutOperation: ["CloseAccount"],
    }));
  test("Access Analyzer", () =>
    expect(differences("access-analyzer", accessAnalyzerOperationNames)).toEqual({
      // Asked as GetFinding and ListFindings.
      operationsWithoutAction: ["GetFindingV2", "ListFindingsV2"],
      actionsWithoutOperation: [],
    }));
  test("the gateway's own service", () =>
    expect(differences("s3-credentials", ownOperationNames)).toEqual({
      operationsWithoutAction: [],
      actionsWithoutOperation: [],
    }));
  test("every S3 row is a documented operation", () =>
    expect(Object.values(operationTables.S3).map(({ name }) => name)).toEqual([...s3OperationNames]));
});

describe("operations of S3 that are not called as their action is", () => {
  const s3Actions = new Set((serviceActions("s3") ?? []).map(({ name }) => name.toLowerCase()));
  test.each(s3OperationNames.filter((name) => !s3Actions.has(`s3:${name.toLowerCase()}`)))("%s", (name) => {
    const action = actionOfOperation(`s3:${name}`);
    const row = operationTables.S3[name];
    if (!("demands" in row)) {
      // Not here: the catalog's word is held against itself, where it says anything.
      expect(action === undefined || findAction(action)?.name === action).toBe(true);
      return;
    }
    if (row.demands.length === 0) return;
    expect(row.demands.map((demand) => demand.action)).toContain(action);
  });
});
