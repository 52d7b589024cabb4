import {
  type ContextEntry,
  CreateRoleCommand,
  GetUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import type { SigningKeys } from "@s3-credentials/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

function iam(keys: SigningKeys = gateway.admin): IAMClient {
  const client = new IAMClient({
    endpoint: `http://127.0.0.1:${gateway.port}`,
    region: "us-east-1",
    credentials: keys,
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

const allow = (Action: string | readonly string[], Resource: string, more: object = {}) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource, ...more }] });

describe("SimulateCustomPolicy", () => {
  test("decides every action on every resource, with what decided", async () => {
    const { EvaluationResults = [], IsTruncated } = await iam().send(
      new SimulateCustomPolicyCommand({
        PolicyInputList: [
          allow("s3:GetObject", "arn:aws:s3:::b/*"),
          JSON.stringify({
            Version: "2012-10-17",
            Statement: { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::b/secret" },
          }),
        ],
        ActionNames: ["s3:GetObject", "s3:PutObject"],
        ResourceArns: ["arn:aws:s3:::b/k", "arn:aws:s3:::b/secret"],
      }),
    );
    expect(IsTruncated).toBe(false);
    expect(
      EvaluationResults.map(({ EvalActionName, EvalResourceName, EvalDecision, MatchedStatements }) => [
        EvalActionName,
        EvalResourceName,
        EvalDecision,
        MatchedStatements?.map(({ SourcePolicyId }) => SourcePolicyId).join() ?? "",
      ]),
    ).toEqual([
      ["s3:GetObject", "arn:aws:s3:::b/k", "allowed", "PolicyInputList.1"],
      ["s3:GetObject", "arn:aws:s3:::b/secret", "explicitDeny", "PolicyInputList.2"],
      ["s3:PutObject", "arn:aws:s3:::b/k", "implicitDeny", ""],
      ["s3:PutObject", "arn:aws:s3:::b/secret", "explicitDeny", "PolicyInputList.2"],
    ]);
  });

  test("context keys, and those that are missing", async () => {
    const ask = async (ContextEntries: ContextEntry[]) => {
      const { EvaluationResults = [] } = await iam().send(
        new SimulateCustomPolicyCommand({
          PolicyInputList: [allow("s3:ListBucket", "*", { Condition: { StringLike: { "s3:prefix": "in/*" } } })],
          ActionNames: ["s3:ListBucket"],
          ContextEntries,
        }),
      );
      return EvaluationResults[0];
    };
    expect(await ask([])).toMatchObject({ EvalDecision: "implicitDeny", MissingContextValues: ["s3:prefix"] });
    expect(
      await ask([{ ContextKeyName: "s3:prefix", ContextKeyType: "string", ContextKeyValues: ["in/a"] }]),
    ).toMatchObject({ EvalDecision: "allowed" });
    expect(
      await ask([{ ContextKeyName: "s3:prefix", ContextKeyType: "stringList", ContextKeyValues: [] }]),
    ).toMatchObject({ EvalDecision: "implicitDeny", MissingContextValues: [] });
    const named = (ContextKeyName: string): ContextEntry => ({
      ContextKeyName,
      ContextKeyType: "string",
      ContextKeyValues: ["in/a"],
    });
    const many = Array.from({ length: 256 }, (_, index) => named(`key:${index}`));
    expect(await ask(many)).toMatchObject({ EvalDecision: "implicitDeny" });
    await expect(ask([...many, named("s3:prefix")])).rejects.toMatchObject({ name: "ValidationError" });
    await expect(ask([named("s3:prefix"), named("S3:Prefix")])).rejects.toMatchObject({ name: "ValidationError" });
    await expect(ask([{ ...named("s3:prefix"), ContextKeyValues: [] }])).rejects.toMatchObject({
      name: "ValidationError",
    });
  });

  test("without a caller, what follows from one is missing", async () => {
    const ask = async (more: { CallerArn?: string; ResourcePolicy?: string; PolicyInputList?: string[] }) => {
      const { EvaluationResults = [] } = await iam().send(
        new SimulateCustomPolicyCommand({
          PolicyInputList: [allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*")],
          ActionNames: ["s3:GetObject"],
          ResourceArns: ["arn:aws:s3:::b/simulated/a b é"],
          ...more,
        }),
      );
      return EvaluationResults[0];
    };
    expect(await ask({})).toMatchObject({ EvalDecision: "implicitDeny", MissingContextValues: ["aws:username"] });
    const CallerArn = `arn:aws:iam::${gateway.accountId}:user/simulated`;
    expect(await ask({ CallerArn })).toMatchObject({ EvalDecision: "allowed" });
    const ofUser = { StringLike: { "aws:UserId": "AIDA*" }, Bool: { "aws:MultiFactorAuthPresent": "true" } };
    const byId = allow("s3:GetObject", "*", { Condition: ofUser });
    expect(await ask({ CallerArn, PolicyInputList: [byId] })).toMatchObject({
      EvalDecision: "implicitDeny",
      MissingContextValues: ["aws:UserId", "aws:MultiFactorAuthPresent"],
    });
    const statement = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" };
    const ResourcePolicy = JSON.stringify({ Version: "2012-10-17", Statement: statement });
    await expect(ask({ ResourcePolicy })).rejects.toMatchObject({ name: "InvalidInputException" });
    expect(await ask({ ResourcePolicy, CallerArn })).toMatchObject({ EvalDecision: "allowed" });
  });

  test("a boundary and a resource policy of the request", async () => {
    const { EvaluationResults = [] } = await iam().send(
      new SimulateCustomPolicyCommand({
        PolicyInputList: [allow("s3:*", "*")],
        PermissionsBoundaryPolicyInputList: [allow("s3:GetObject", "*")],
        ActionNames: ["s3:GetObject", "s3:PutObject"],
        ResourceArns: ["arn:aws:s3:::b/k"],
      }),
    );
    expect(EvaluationResults.map((result) => [result.EvalDecision, result.PermissionsBoundaryDecisionDetail])).toEqual([
      ["allowed", { AllowedByPermissionsBoundary: true }],
      ["implicitDeny", { AllowedByPermissionsBoundary: false }],
    ]);
  });

  test("pages, each decided when it is asked for", async () => {
    const ask = (more: { Marker?: string | undefined; MaxItems?: number }) =>
      iam().send(
        new SimulateCustomPolicyCommand({
          PolicyInputList: [allow("s3:GetObject", "arn:aws:s3:::b/1*")],
          ActionNames: ["s3:GetObject", "s3:PutObject"],
          ResourceArns: Array.from({ length: 60 }, (_, index) => `arn:aws:s3:::b/${index}`),
          ...more,
        }),
      );
    const first = await ask({});
    expect([first.IsTruncated, first.EvaluationResults?.length]).toEqual([true, 100]);
    const second = await ask({ Marker: first.Marker });
    expect([second.IsTruncated, second.Marker, second.EvaluationResults?.length]).toEqual([false, undefined, 20]);
    const all = [...(first.EvaluationResults ?? []), ...(second.EvaluationResults ?? [])];
    expect(new Set(all.map((one) => `${one.EvalActionName} ${one.EvalResourceName}`)).size).toBe(120);
    const allowed = all.flatMap((one) => (one.EvalDecision === "allowed" ? [one.EvalResourceName] : []));
    expect(allowed).toEqual(
      all.flatMap(({ EvalResourceName: arn = "" }) => (/\/1/.test(arn) ? [arn] : [])).slice(0, 11),
    );
    expect((await ask({ MaxItems: 7 })).EvaluationResults).toHaveLength(7);
    await expect(ask({ Marker: "bm9uc2Vuc2U=" })).rejects.toThrow("Invalid Marker");
  });

  test("a context value that is too long to be matched is refused", async () => {
    const ask = (value: string) =>
      iam().send(
        new SimulateCustomPolicyCommand({
          PolicyInputList: [allow("s3:GetObject", "*", { Condition: { StringLike: { "aws:Referer": "*b" } } })],
          ActionNames: ["s3:GetObject"],
          ContextEntries: [{ ContextKeyName: "aws:Referer", ContextKeyType: "string", ContextKeyValues: [value] }],
        }),
      );
    expect((await ask(`${"a".repeat(2047)}b`)).EvaluationResults?.[0]?.EvalDecision).toBe("allowed");
    await expect(ask("a".repeat(2049))).rejects.toThrow("length less than or equal to 2048");
  });

  test("what is no policy, or no question, is refused", async () => {
    const send = (PolicyInputList: string[], ActionNames: string[]) =>
      iam()
        .send(new SimulateCustomPolicyCommand({ PolicyInputList, ActionNames }))
        .then(
          () => "allowed",
          (error: Error) => error.name,
        );
    expect(await send(["{}"], ["s3:GetObject"])).toBe("InvalidInputException");
    expect(await send([allow("s3:*", "*")], [])).toBe("ValidationError");
    expect(await send([allow("s3:*", "*")], ["nonsense"])).toBe("ValidationError");
  });
});

describe("SimulatePrincipalPolicy", () => {
  test("a user's own policies and boundary; and it needs the right", async () => {
    const keys = await gateway.user("simulated", { Effect: "Allow", Action: "s3:*", Resource: "*" });
    const { User } = await iam().send(new GetUserCommand({ UserName: "simulated" }));
    const ask = async (by: SigningKeys, more: { CallerArn?: string | undefined; PolicyInputList?: string[] } = {}) => {
      const { EvaluationResults = [] } = await iam(by).send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: User?.Arn,
          ActionNames: ["s3:PutObject"],
          ResourceArns: ["arn:aws:s3:::b/k"],
          ...more,
        }),
      );
      return EvaluationResults[0]?.EvalDecision;
    };
    expect(await ask(gateway.admin)).toBe("allowed");
    const ofUser = {
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: { StringEquals: { "aws:userid": User?.UserId } },
    };
    const PolicyInputList = [JSON.stringify({ Version: "2012-10-17", Statement: ofUser })];
    expect(await ask(gateway.admin, { PolicyInputList, CallerArn: User?.Arn })).toBe("explicitDeny");
    await iam().send(
      new PutUserPermissionsBoundaryCommand({
        UserName: "simulated",
        PermissionsBoundary: "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
      }),
    );
    expect(await ask(gateway.admin)).toBe("implicitDeny");
    await expect(ask(keys)).rejects.toMatchObject({ name: "AccessDenied" });
  });

  test("a role's, and nobody's", async () => {
    const trust = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" }],
    });
    const { Role } = await iam().send(
      new CreateRoleCommand({ RoleName: "simulated", AssumeRolePolicyDocument: trust }),
    );
    await iam().send(
      new PutRolePolicyCommand({ RoleName: "simulated", PolicyName: "p", PolicyDocument: allow("s3:GetObject", "*") }),
    );
    const ask = (PolicySourceArn: string | undefined) =>
      iam().send(
        new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: ["s3:GetObject", "s3:PutObject"] }),
      );
    const { EvaluationResults = [] } = await ask(Role?.Arn);
    expect(EvaluationResults.map(({ EvalDecision }) => EvalDecision)).toEqual(["allowed", "implicitDeny"]);
    await expect(ask(`${Role?.Arn}x`)).rejects.toMatchObject({ name: "NoSuchEntityException" });
  });
});
