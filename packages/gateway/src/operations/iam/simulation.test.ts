import { compileLayers, type NamedPolicy, parsePolicy, type Principal } from "@s3-credentials/policy";
import { renderXml } from "@s3-credentials/protocol";
import { expect, test } from "vitest";
import { createTimeBudget } from "../../pipeline/time-budget.ts";
import { evaluationResults } from "./simulation.ts";

const accountId = "111122223333";
const principal: Principal = {
  kind: "user",
  accountId,
  arn: `arn:aws:iam::${accountId}:user/ann`,
  userId: "AIDAEXAMPLEEXAMPLE01",
  userName: "ann",
};

function policy(name: string, ...statements: readonly object[]): NamedPolicy {
  const text = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  return { name, policy: parsePolicy(text, "identity").policy ?? "unreadable" };
}

const all = { Effect: "Allow", Action: "s3:*", Resource: "*" };

/** Whether the boundary allows, as the simulator says it. */
async function allowedByBoundary(boundary: NamedPolicy): Promise<string | undefined> {
  const layers = compileLayers({
    guardrails: [],
    identity: [policy("p", all)],
    boundary,
    sessions: [],
    resource: "none",
  });
  const time = createTimeBudget().of("test", new AbortController().signal);
  const actions = ["s3:GetObject"];
  const resources = ["arn:aws:s3:::b/k"];
  const { items } = await evaluationResults(
    { principal, accountId, layers, inOrganization: false, actions, resources, context: new Map(), time },
    0,
    10,
  );
  const [item] = items;
  if (item === undefined) throw new Error("no result");
  return /<AllowedByPermissionsBoundary>(\w+)</.exec(renderXml(item))?.[1];
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PermissionsBoundaryDecisionDetail.html
test.each([
  ["allows", policy("b", all), "true"],
  ["does not speak of the action", policy("b", { ...all, Action: "s3:PutObject" }), "false"],
  ["allows and denies", policy("b", all, { ...all, Effect: "Deny", Action: "s3:GetObject" }), "false"],
  ["cannot be read", { name: "b", policy: "unreadable" } as const, "false"],
])("AllowedByPermissionsBoundary of a boundary that %s", async (_what, boundary, expected) => {
  expect(await allowedByBoundary(boundary)).toBe(expected);
});
