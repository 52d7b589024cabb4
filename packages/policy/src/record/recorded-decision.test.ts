import { expect, test } from "vitest";
import { plainRequest } from "../access/access-of.ts";
import { explain } from "../explain/explain.ts";
import { type RecordedDecision, recordedDecision } from "./recorded-decision.ts";

const accountId = "123456789012";
const document = (statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const documents = {
  read: document({ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" }),
  named: document({
    Effect: "Deny",
    Principal: { AWS: "AIDAANNANNANNANNANN" },
    Action: "s3:*",
    Resource: "arn:aws:s3:::b/*",
  }),
};

function recorded(userIdentity: object, more: readonly object[] = []): RecordedDecision {
  const decision = {
    allowed: false,
    action: "s3:GetObject",
    resource: "arn:aws:s3:::b/k",
    resourceAccount: accountId,
    context: {},
    policies: [
      { layer: "identity", name: "own", sha256: "read" },
      { layer: "identity", name: "policy shared of group staff", sha256: "read" },
      { layer: "identity", name: "arn:aws:iam::aws:policy/P", sha256: "gone" },
      { layer: "resource", name: "bucket policy of b", sha256: "named" },
      ...more,
    ],
  };
  const found = recordedDecision({ userIdentity, additionalEventData: { decision } }, documents);
  if (found === undefined) throw new Error("a policy was asked");
  return found;
}

const ann = { arn: `arn:aws:iam::${accountId}:user/ann`, accountId, principalId: "AIDAANNANNANNANNANN" };

test("policies have the names that they have among those of today; one whose document is gone denies", () => {
  const { layers } = recorded(ann);
  expect(layers.identity.map(({ name, program }) => [name, program === "unreadable"])).toEqual([
    ["own (inline)", false],
    ["shared (of group staff)", false],
    ["arn:aws:iam::aws:policy/P", true],
  ]);
});

test("who asked is known by the unique id, by which stored policies of resources name it", () => {
  for (const [identity, decided] of [
    [ann, true],
    [{ ...ann, principalId: "AIDAMADEANEWMADEANEW" }, false],
  ] as const) {
    const { caller, question, layers } = recorded(identity);
    const request = plainRequest(caller, question, { account: accountId, context: {} });
    const { levels } = explain(layers, request);
    expect(levels.find(({ layer }) => layer === "resource")?.policies[0]?.statements?.[0]?.applies).toBe(decided);
  }
  const session = { ...ann, arn: `arn:aws:sts::${accountId}:assumed-role/r/s`, principalId: "AROAROLEROLE:s" };
  expect(recorded(session).caller.principal).toMatchObject({ kind: "role-session", roleId: "AROAROLEROLE" });
});

test("who issued a session is known: policies of resources name the role with its path, the provider and the user too", () => {
  const issued = (arn: string, principalId: string, sessionIssuer: object, more: object = {}) =>
    recorded({ arn, accountId, principalId, sessionContext: { sessionIssuer, ...more } }).caller.principal;
  const roleArn = `arn:aws:iam::${accountId}:role/teams/r`;
  const session = `arn:aws:sts::${accountId}:assumed-role/r/s`;
  const role = { type: "Role", principalId: "AROAROLEROLE", arn: roleArn };
  expect(issued(session, "AROAROLEROLE:s", role)).toMatchObject({ roleArn, roleId: "AROAROLEROLE" });
  const provider = `arn:aws:iam::${accountId}:oidc-provider/idp.example`;
  const data = { webIdFederationData: { federatedProvider: provider } };
  expect(issued(session, "AROAROLEROLE:s", role, data)).toMatchObject({ roleArn, provider });
  const federated = `arn:aws:sts::${accountId}:federated-user/fay`;
  expect(issued(federated, `${accountId}:fay`, { arn: ann.arn, principalId: ann.principalId })).toMatchObject({
    kind: "federated-user",
    issuer: { arn: ann.arn, userId: ann.principalId },
  });
});

test("the event of the account that has the resource has only its own levels of control policies", () => {
  const levels = [2, 3].map((level) => ({
    layer: "guardrail",
    level,
    name: "resource control policy P (p-1)",
    sha256: "read",
  }));
  const { caller, question, layers } = recorded(ann, levels);
  expect(layers.guardrails.map((level) => level.length)).toEqual([1, 1]);
  const request = plainRequest(caller, question, { account: accountId, context: {} });
  expect(explain(layers, request).decision).toMatchObject({ allowed: false, layer: "resource" });
});

test("conditions on the account of the resource, which is not in the context of the record, are decided as they were", () => {
  const { caller, question } = recorded(ann);
  const request = plainRequest(caller, question, {
    account: accountId,
    context: Object.fromEntries(question.context ?? []),
  });
  expect(["aws:ResourceAccount", "s3:ResourceAccount", "aws:ViaAWSService"].map((key) => request.context(key))).toEqual(
    [accountId, accountId, "false"],
  );
});

test("where no policy was asked there is no decision", () => {
  expect(recordedDecision({ userIdentity: ann }, {})).toBeUndefined();
});
