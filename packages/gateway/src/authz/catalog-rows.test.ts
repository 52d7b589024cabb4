import { findAction, serviceActions } from "@s3-credentials/policy/catalog";
import { describe, expect, test } from "vitest";
import { operationTables } from "../operations/table.ts";

// What the Service Authorization Reference has of an action is what the row of the operation demands:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html

const rows = Object.entries({ iam: operationTables.IAM, sts: operationTables.STS }).flatMap(([service, table]) =>
  Object.values(table).flatMap((row) => ("notImplemented" in row ? [] : [{ service, name: row.name, row }])),
);

/** Where a row asks on another resource than the reference says, and why. */
const resources: Readonly<Record<string, { readonly asked: readonly string[]; readonly because: string }>> = {
  "iam:ListUsers": { asked: ["user"], because: "AWS's own refusals name the ARN of the path prefix" },
  "iam:ListRoles": { asked: ["role"], because: "AWS's own refusals name the ARN of the path prefix" },
  "iam:ListGroups": { asked: ["group"], because: "AWS's own refusals name the ARN of the path prefix" },
  "sts:AssumeRole": { asked: ["role", "self"], because: "without a role a user narrows its own session" },
};

/** Keys of the reference that no request has here, and why. */
const neverFilled: Readonly<Record<string, string>> = {
  "accounts.google.com:": "a token fills them, as keys of its caller: no operation does",
  "cognito-identity.amazonaws.com:": "a token fills them, as keys of its caller: no operation does",
  "graph.facebook.com:": "a token fills them, as keys of its caller: no operation does",
  "www.amazon.com:": "a token fills them, as keys of its caller: no operation does",
  "saml:": "there is no SAML",
  "iam:FIDO": "there are no security keys",
  "iam:RegisterSecurityKey": "there are no security keys",
  "iam:ServiceSpecificCredential": "there are no service-specific credentials",
};

function documentedKeys(actions: readonly string[]): ReadonlySet<string> {
  const keys = actions.flatMap((action) => findAction(action)?.conditionKeys ?? []);
  return new Set(keys.filter((key) => !Object.keys(neverFilled).some((prefix) => key.startsWith(prefix))));
}

function hasTags(service: string, name: string): boolean {
  return /^(Tag|Create|AssumeRole|GetFederationToken)/.test(name) && service !== "";
}

describe.each(rows)("$service:$name", ({ service, name, row }) => {
  const action = `${service}:${name}`;

  test("demands its own action, and one of the reference", () => {
    expect(findAction(action)?.name).toBe(action);
    for (const demand of row.demands) expect(findAction(demand.action)?.name).toBe(demand.action);
    if (row.demands.length > 0) expect(row.demands.map((demand) => demand.action)).toContain(action);
  });

  test("asks it on the resources of the reference", () => {
    const { resources: types = [] } = findAction(action) ?? {};
    const asked = row.demands.flatMap((demand) =>
      demand.action === action ? [demand.resource.replace("renamed-", "")] : [],
    );
    const documented = resources[action]?.asked ?? types.map(({ type }) => type);
    if (row.demands.length === 0) return;
    expect(documented.length === 0 ? ["none"] : documented).toEqual(expect.arrayContaining(asked));
    for (const { type, required } of types) if (required) expect(asked).toContain(type);
  });

  test("may have the condition keys of the reference, and no others", () => {
    const own = row.conditionKeys.filter((key) => !key.startsWith("aws:"));
    const documented = documentedKeys(row.demands.map((demand) => demand.action));
    expect(own.filter((key) => !documented.has(key))).toEqual([]);
    // Of the side actions, such as sts:TagSession, some keys are about requests of other operations.
    const missing = [...documentedKeys(row.demands.length === 0 ? [] : [action])].filter(
      (key) => !(own as readonly string[]).includes(key),
    );
    expect(missing).toEqual([]);
    const tagged = row.conditionKeys.includes("aws:RequestTag/");
    expect(row.conditionKeys.includes("aws:TagKeys") || !tagged).toBe(true);
    expect(tagged && !hasTags(service, name)).toBe(false);
  });
});

test("every exception is about an action of the reference", () => {
  for (const action of Object.keys(resources)) expect(findAction(action)?.name).toBe(action);
  const all = ["iam", "sts"].flatMap((service) => serviceActions(service) ?? []).flatMap((one) => one.conditionKeys);
  for (const prefix of Object.keys(neverFilled)) expect(all.some((key) => key.startsWith(prefix))).toBe(true);
});
