import {
  CheckAccessNotGrantedCommand,
  type CheckAccessNotGrantedCommandInput,
  CheckNoNewAccessCommand,
  CheckNoPublicAccessCommand,
  ValidatePolicyCommand,
  type ValidatePolicyCommandInput,
} from "@aws-sdk/client-accessanalyzer";
import { describe, expect, test } from "vitest";
import { analyzerClient, document } from "./access-analyzer-client.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const client = (keys = gateway.admin) => analyzerClient(gateway, keys);

const get = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
const put = { Sid: "Put", Effect: "Allow", Action: "s3:PutObject", Resource: "arn:aws:s3:::b/*" };
describe("CheckNoNewAccess", () => {
  const check = (existing: string, changed: string, policyType: "IDENTITY_POLICY" | "RESOURCE_POLICY") =>
    client().send(
      new CheckNoNewAccessCommand({ existingPolicyDocument: existing, newPolicyDocument: changed, policyType }),
    );

  test("the same, written in another way", async () => {
    const { result, message, reasons } = await check(
      document({ ...get, Action: ["s3:GetObject", "s3:PutObject"] }),
      document(put, get),
      "IDENTITY_POLICY",
    );
    expect(result).toBe("PASS");
    expect(message).toBe("The modified permissions do not grant new access compared to your existing policy.");
    expect(reasons).toBeUndefined();
  });

  test("more, with the statement that grants it", async () => {
    const wider = document(get, { ...put, Sid: undefined });
    expect(await check(document(get), wider, "IDENTITY_POLICY")).toMatchObject({
      result: "FAIL",
      message: "The modified permissions grant new access compared to your existing policy.",
      reasons: [{ description: "New access in the statement with index: 1.", statementIndex: 1 }],
    });
    const { reasons } = await check(document(get), document(get, put), "IDENTITY_POLICY");
    expect(reasons).toEqual([
      { description: "New access in the statement with sid: Put.", statementIndex: 1, statementId: "Put" },
    ]);
  });

  test("a trust policy that loses its condition", async () => {
    const trust = { Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "sts:AssumeRole" };
    const guarded = document({ ...trust, Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } });
    expect((await check(guarded, document(trust), "RESOURCE_POLICY")).result).toBe("FAIL");
    expect((await check(document(trust), guarded, "RESOURCE_POLICY")).result).toBe("PASS");
  });

  test("a bucket policy for a role in place of its account", async () => {
    const to = (AWS: string) => document({ ...get, Principal: { AWS } });
    const [account, role] = [to("111122223333"), to("arn:aws:iam::111122223333:role/ci")];
    expect((await check(account, role, "RESOURCE_POLICY")).result).toBe("PASS");
    expect((await check(role, account, "RESOURCE_POLICY")).result).toBe("FAIL");
  });

  test("what cannot be decided is an error that says why, and no PASS", async () => {
    const keys = ["aws:PrincipalTag/a", "aws:PrincipalTag/b", "aws:PrincipalTag/c", "aws:PrincipalTag/d"];
    const home = `arn:aws:s3:::b/${keys.map((key) => `\${${key}}`).join("/")}`;
    const [one, all] = ["a", "*"].map((name) => document({ ...get, Resource: `${home}/${name}` }));
    await expect(check(all ?? "", one ?? "", "IDENTITY_POLICY")).rejects.toMatchObject({
      name: "UnprocessableEntityException",
      message: expect.stringMatching(/^The check cannot be decided because of more than three variables at once: /),
    });
    expect((await check(one ?? "", all ?? "", "IDENTITY_POLICY")).result).toBe("FAIL");
  });

  test("what is no policy", async () => {
    await expect(check(document(get), "{", "IDENTITY_POLICY")).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringMatching(/^The policy document is not valid: /),
    });
    await expect(check(document(get), document(get), "RESOURCE_POLICY")).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });
});

describe("CheckAccessNotGranted", () => {
  const check = (more: Partial<CheckAccessNotGrantedCommandInput>) =>
    client().send(
      new CheckAccessNotGrantedCommand({
        policyDocument: document(get, put),
        policyType: "IDENTITY_POLICY",
        access: [],
        ...more,
      }),
    );

  test("actions", async () => {
    expect(await check({ access: [{ actions: ["s3:DeleteObject"] }] })).toMatchObject({
      result: "PASS",
      message: "The policy document does not grant access to perform one or more of the listed actions.",
    });
    expect(await check({ access: [{ actions: ["s3:DeleteObject", "s3:GetObject"] }] })).toMatchObject({
      result: "FAIL",
      message: "The policy document grants access to perform one or more of the listed actions.",
      reasons: [
        { description: "One or more of the listed actions in the statement with index: 0.", statementIndex: 0 },
      ],
    });
  });

  test("resources, and both", async () => {
    expect((await check({ access: [{ resources: ["arn:aws:s3:::c/*"] }] })).result).toBe("PASS");
    const both = { actions: ["s3:PutObject"], resources: ["arn:aws:s3:::b/secret/*"] };
    expect(await check({ access: [both] })).toMatchObject({
      result: "FAIL",
      reasons: [
        {
          description: "One or more of the listed actions or resources in the statement with sid: Put.",
          statementIndex: 1,
          statementId: "Put",
        },
      ],
    });
  });

  test.each<[string, Partial<CheckAccessNotGrantedCommandInput>, string]>([
    ["nothing named", {}, "ValidationException"],
    ["an empty access", { access: [{}] }, "ValidationException"],
    ["two accesses", { access: [{ actions: ["s3:A"] }, { actions: ["s3:B"] }] }, "ValidationException"],
    ["another type of policy", { policyType: "SESSION" as "IDENTITY_POLICY" }, "ValidationException"],
    ["no action", { access: [{ actions: ["what"] }] }, "UnprocessableEntityException"],
  ])("%s is refused", async (_what, more, name) => {
    await expect(check(more)).rejects.toMatchObject({ name });
  });
});

describe("CheckNoPublicAccess", () => {
  type Type = "AWS::S3::Bucket" | "AWS::IAM::AssumeRolePolicyDocument";
  const check = (policyDocument: string, resourceType: Type = "AWS::S3::Bucket") =>
    client().send(new CheckNoPublicAccessCommand({ policyDocument, resourceType }));
  const everyone = { ...get, Principal: "*" };

  test("a bucket policy", async () => {
    const account = { ...get, Principal: { AWS: "111122223333" } };
    expect(await check(document(account, { ...everyone, Sid: "Open" }))).toMatchObject({
      result: "FAIL",
      message: "The resource policy grants public access for the given resource type.",
      reasons: [
        {
          description: "Public access granted in the following statement with sid: Open.",
          statementIndex: 1,
          statementId: "Open",
        },
      ],
    });
    expect(await check(document(account))).toMatchObject({
      result: "PASS",
      message: "The resource policy does not grant public access for the given resource type.",
    });
  });

  test("a condition that holds it to fixed values, and a Deny that takes it away", async () => {
    const inOrganization = { StringEquals: { "aws:PrincipalOrgID": "o-abcdefghij" } };
    expect((await check(document({ ...everyone, Condition: inOrganization }))).result).toBe("PASS");
    const denied = { ...everyone, Effect: "Deny", Action: "s3:*" };
    expect((await check(document(everyone, denied))).result).toBe("PASS");
    const other = { ...denied, Action: "s3:PutObject" };
    expect((await check(document(everyone, other))).result).toBe("FAIL");
  });

  test("a trust policy", async () => {
    const trust = { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" };
    const one = { ...trust, Principal: { AWS: "111122223333" } };
    expect((await check(document(trust), "AWS::IAM::AssumeRolePolicyDocument")).result).toBe("FAIL");
    expect((await check(document(one), "AWS::IAM::AssumeRolePolicyDocument")).result).toBe("PASS");
    const Principal = { Federated: "graph.facebook.com" };
    const web = { ...trust, Principal, Action: "sts:AssumeRoleWithWebIdentity" };
    expect((await check(document(web), "AWS::IAM::AssumeRolePolicyDocument")).result).toBe("PASS");
    expect((await check(document({ ...get, Principal }))).result).toBe("FAIL");
  });

  test("a resource of another type is refused by name", async () => {
    await expect(check(document(everyone), "AWS::SQS::Queue" as Type)).rejects.toMatchObject({
      name: "NotImplemented",
      message: "The resource type AWS::SQS::Queue is not implemented.",
    });
  });
});

describe("ValidatePolicy", () => {
  const validate = (more: Partial<ValidatePolicyCommandInput>) =>
    client().send(new ValidatePolicyCommand({ policyDocument: "{}", policyType: "IDENTITY_POLICY", ...more }));

  test("a finding says what, how bad and where", async () => {
    const policyDocument = `{"Version":"2012-10-17",\n"Statement":[{"Effect":"Allow","Action":["s3:GetObjekt"],"Resource":"*"}]}`;
    const { findings, nextToken } = await validate({ policyDocument });
    expect(nextToken).toBeUndefined();
    const at = policyDocument.indexOf('"s3:GetObjekt"');
    const line = policyDocument.indexOf("\n") + 1;
    expect(findings).toContainEqual({
      findingType: "ERROR",
      issueCode: "INVALID_ACTION",
      findingDetails: expect.stringMatching(/^`s3:GetObjekt` .*Did you mean `s3:GetObject`\?$/),
      learnMoreLink: expect.stringMatching(/^https:\/\/docs\.aws\.amazon\.com\//),
      locations: [
        {
          path: [{ value: "Statement" }, { index: 0 }, { value: "Action" }, { index: 0 }],
          span: {
            start: { line: 2, column: at - line, offset: at },
            end: { line: 2, column: at - line + 14, offset: at + 14 },
          },
        },
      ],
    });
  });

  /** Where the reference of the checks explains the code of an error. */
  const anchorOf = (code: string) => `policy-checks-error-${code.toLowerCase().replaceAll("_", "-")}`;

  test("the name of a condition key is a key, and its value a value", async () => {
    const policyDocument = document({ ...get, Condition: { StringEquals: { "s3:prefixes": "a" } } });
    const { findings } = await validate({ policyDocument });
    expect(findings?.flatMap(({ locations }) => locations?.map(({ path }) => path?.at(-1)))).toContainEqual({
      key: "s3:prefixes",
    });
  });

  test.each<[Partial<ValidatePolicyCommandInput>, string]>([
    [{ policyDocument: document({ ...get, Principal: "*" }), policyType: "RESOURCE_POLICY" }, "PUBLIC_PRINCIPAL"],
    [
      {
        policyDocument: document({ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }),
        policyType: "RESOURCE_POLICY",
        validatePolicyResourceType: "AWS::IAM::AssumeRolePolicyDocument",
      },
      "PUBLIC_PRINCIPAL",
    ],
    [{ policyDocument: document({ ...get, Effect: "allow" }), policyType: "SERVICE_CONTROL_POLICY" }, "INVALID_EFFECT"],
    [{ policyDocument: document(get), policyType: "RESOURCE_CONTROL_POLICY" }, "RCP_SYNTAX_ERROR_ALLOW"],
    [
      { policyDocument: document({ ...get, Principal: "*" }), policyType: "SERVICE_CONTROL_POLICY" },
      "SCP_SYNTAX_ERROR_PRINCIPAL",
    ],
    [{ policyDocument: document({ ...get, Principal: "*" }) }, "UNSUPPORTED_PRINCIPAL"],
    [{ policyDocument: document({ ...get, Resource: "arn:aws:s3:::b:c/*" }) }, "INVALID_ARN_RESOURCE"],
    [{ policyDocument: "{" }, "JSON_SYNTAX_ERROR"],
  ])("%j has %s", async (more, code) => {
    const { findings = [] } = await validate(more);
    const found = findings.find(({ issueCode }) => issueCode === code);
    expect(found?.learnMoreLink).toContain(code === "PUBLIC_PRINCIPAL" ? "https://" : anchorOf(code));
  });

  test("in pages", async () => {
    const policyDocument = document({ ...get, Action: ["s3:A", "s3:B", "s3:C"] });
    const { findings: all = [] } = await validate({ policyDocument });
    expect(all.length).toBeGreaterThan(2);
    const first = await validate({ policyDocument, maxResults: 2 });
    expect(first.findings).toEqual(all.slice(0, 2));
    const { nextToken } = first;
    if (nextToken === undefined) throw new Error("there is no second page");
    expect((await validate({ policyDocument, nextToken })).findings).toEqual(all.slice(2));
    await expect(validate({ policyDocument, nextToken: "no token" })).rejects.toMatchObject({
      name: "ValidationException",
      reason: "other",
    });
  });

  test("what is not here is refused by name", async () => {
    await expect(validate({ locale: "DE" })).rejects.toMatchObject({ name: "NotImplemented" });
    const table = { policyType: "RESOURCE_POLICY", validatePolicyResourceType: "AWS::DynamoDB::Table" } as const;
    await expect(validate(table)).rejects.toMatchObject({
      name: "NotImplemented",
      message: "The resource type AWS::DynamoDB::Table is not implemented.",
    });
    await expect(validate({ validatePolicyResourceType: "AWS::S3::Bucket" })).rejects.toMatchObject({
      name: "ValidationException",
    });
    await expect(validate({ maxResults: 0 })).rejects.toMatchObject({ reason: "fieldValidationFailed" });
  });
});

test("each operation needs its action, and the event of a call does not show the document", async () => {
  const keys = await gateway.user("checker", { Effect: "Allow", Action: "access-analyzer:CheckNo*", Resource: "*" });
  const input = { policyDocument: document({ ...get, Sid: "secretive" }), policyType: "IDENTITY_POLICY" } as const;
  await expect(client(keys).send(new ValidatePolicyCommand(input))).rejects.toMatchObject({
    name: "AccessDeniedException",
    $metadata: { httpStatusCode: 403 },
    message: expect.stringMatching(/checker is not authorized to perform: access-analyzer:ValidatePolicy/),
  });
  const check = { policyDocument: document({ ...get, Principal: "*" }), resourceType: "AWS::S3::Bucket" } as const;
  expect((await client(keys).send(new CheckNoPublicAccessCommand(check))).result).toBe("FAIL");
  await client().send(new ValidatePolicyCommand(input));
  const looked = await gateway.send({
    method: "POST",
    target: "/",
    service: "cloudtrail",
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "CloudTrail_20131101.LookupEvents" },
    body: JSON.stringify({ LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "ValidatePolicy" }] }),
  });
  expect(looked.body).toContain("access-analyzer.amazonaws.com");
  expect(looked.body).toContain("HIDDEN_DUE_TO_SECURITY_REASONS");
  expect(looked.body).not.toContain("secretive");
});

test("an account with too many questions waiting gets ThrottlingException", async () => {
  const behind = (start: string) => ({ ...get, Resource: `arn:aws:s3:::b/${start}a${"?".repeat(18)}` });
  // One caller has so few requests at a time that they never wait for long; those of an account may be many.
  const other = await gateway.user("asker", { Effect: "Allow", Action: "access-analyzer:*", Resource: "*" });
  const check = async (existing: string, changed: string, keys = gateway.admin) => {
    const { status, body, headers } = await gateway.send({
      keys,
      method: "POST",
      target: "/policy/check-no-new-access",
      service: "access-analyzer",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        existingPolicyDocument: existing,
        newPolicyDocument: changed,
        policyType: "IDENTITY_POLICY",
      }),
    });
    return [status, headers["x-amzn-errortype"] ?? (JSON.parse(body) as { readonly result: string }).result];
  };
  // Each of the first ones takes all steps that a question has, so that the others wait.
  const costly = Array.from({ length: 4 }, () => check(document(behind("*?"), behind("")), document(behind("*"))));
  const cheap = Array.from({ length: 120 }, (_, at) =>
    check(document(get), document(get), at % 2 === 0 ? other : gateway.admin),
  );
  const answers = await Promise.all([...costly, ...cheap]);
  const distinct = [...new Set(answers.map((one) => JSON.stringify(one)))].toSorted();
  expect(distinct).toEqual(['[200,"PASS"]', '[422,"UnprocessableEntityException"]', '[429,"ThrottlingException"]']);
  expect(await check(document(get), document(get))).toEqual([200, "PASS"]);
});
