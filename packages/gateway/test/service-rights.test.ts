/**
 * Every demand of every operation of STS and of the services that speak JSON, over HTTP: its action allowed on another resource, every
 * action but it, and it. IAM, Organizations and S3 have files of their own.
 */
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import type { SigningKeys } from "@s3-credentials/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { isRestService, jsonServices, type RestService } from "../src/operations/json/json-services.ts";
import { modelledRoutes } from "../src/operations/json/modelled-routes.ts";
import { type JsonRow, operationTables, type QueryRow } from "../src/operations/table.ts";
import { useOrganization } from "./organization-accounts.ts";
import type { Call } from "./pipeline-gateway.ts";
import { type Asked, askInCases, onlyAllowed } from "./rights-cases.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const organization = useOrganization(gateway);
const userName = "asker";

const services = {
  STS: "sts",
  CloudTrail: "cloudtrail",
  Account: "account",
  "Access-Analyzer": "access-analyzer",
  "s3-credentials": "s3-credentials",
} as const satisfies Partial<Record<keyof typeof operationTables, string>>;
type Service = (typeof services)[keyof typeof services];

let keys: SigningKeys;
let member = "";
const role = () => `arn:aws:iam::${gateway.accountId}:role/job`;

beforeAll(async () => {
  keys = await gateway.user(userName);
  member = (await organization.member()).id;
  const client = { endpoint: `http://127.0.0.1:${gateway.port}`, region: "us-east-1", credentials: gateway.admin };
  // The account is trusted, so that the policies of the caller decide.
  const Principal = { AWS: gateway.accountId };
  const Action = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal, Action }],
  });
  await new IAMClient(client).send(new CreateRoleCommand({ RoleName: "job", AssumeRolePolicyDocument }));
});

type Input = Readonly<Record<string, unknown>>;
interface Request {
  readonly input: () => Input;
  /** Every one is demanded; in each round one of them is what the caller lacks. */
  readonly actions: readonly string[];
}

const analyzer = () => `arn:aws:access-analyzer:us-east-1:${gateway.accountId}:analyzer/own`;
const policyDocument = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
});
const filter = { status: { eq: ["ACTIVE"] } };

const plain = (action: string, input: Input = {}): Request => ({ input: () => input, actions: [action] });
/** Of analyzers: the action has the operation's name, or is given. */
const onAnalyzer = (name: string, input: Input = {}): readonly Request[] => [
  { input: () => ({ analyzerArn: analyzer(), ...input }), actions: [`access-analyzer:${name}`] },
];
const onTags = (name: string, input: Input = {}): readonly Request[] => [
  { input: () => ({ resourceArn: analyzer(), ...input }), actions: [`access-analyzer:${name}`] },
];
const ofAnalyzer = (name: string, input: Input = {}): readonly Request[] => [
  plain(`access-analyzer:${name}`, { analyzerName: "own", ...input }),
];
const free = (input: Input = {}): Request => ({ input: () => input, actions: [] });

/** A request for each demand that an operation may make. */
const requests: Readonly<Record<Service, Readonly<Record<string, readonly Request[]>>>> = {
  sts: {
    AssumeRole: [
      {
        input: () => ({
          RoleArn: role(),
          RoleSessionName: "job",
          SourceIdentity: "ann",
          "Tags.member.1.Key": "k",
          "Tags.member.1.Value": "v",
        }),
        actions: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
      },
    ],
    DecodeAuthorizationMessage: [plain("sts:DecodeAuthorizationMessage", { EncodedMessage: "none" })],
    GetAccessKeyInfo: [plain("sts:GetAccessKeyInfo", { AccessKeyId: "AKIA0000000000000000" })],
    GetFederationToken: [
      {
        input: () => ({ Name: "job", "Tags.member.1.Key": "k", "Tags.member.1.Value": "v" }),
        actions: ["sts:GetFederationToken", "sts:TagSession"],
      },
    ],
    // "No permissions are required to perform this operation."
    GetCallerIdentity: [free()],
    GetSessionToken: [free()],
  },
  cloudtrail: {
    GetDecision: [plain("cloudtrail:GetDecision", { RequestId: "none" })],
    LookupDataEvents: [plain("cloudtrail:LookupDataEvents")],
    LookupEvents: [plain("cloudtrail:LookupEvents")],
  },
  account: {
    GetAccountInformation: [
      plain("account:GetAccountInformation"),
      { input: () => ({ AccountId: member }), actions: ["account:GetAccountInformation"] },
    ],
    PutAccountName: [
      plain("account:PutAccountName", { AccountName: "own" }),
      { input: () => ({ AccountId: member, AccountName: "theirs" }), actions: ["account:PutAccountName"] },
    ],
  },
  "access-analyzer": {
    ApplyArchiveRule: onAnalyzer("ApplyArchiveRule", { ruleName: "mine" }),
    CheckAccessNotGranted: [
      plain("access-analyzer:CheckAccessNotGranted", {
        policyDocument,
        policyType: "IDENTITY_POLICY",
        access: [{ actions: ["s3:PutObject"] }],
      }),
    ],
    CheckNoNewAccess: [
      plain("access-analyzer:CheckNoNewAccess", {
        newPolicyDocument: policyDocument,
        existingPolicyDocument: policyDocument,
        policyType: "IDENTITY_POLICY",
      }),
    ],
    CheckNoPublicAccess: [
      plain("access-analyzer:CheckNoPublicAccess", { policyDocument, resourceType: "AWS::S3::Bucket" }),
    ],
    CreateAnalyzer: ofAnalyzer("CreateAnalyzer", { type: "ACCOUNT", tags: { team: "a" } }),
    CreateArchiveRule: ofAnalyzer("CreateArchiveRule", { ruleName: "mine", filter }),
    DeleteAnalyzer: ofAnalyzer("DeleteAnalyzer"),
    DeleteArchiveRule: ofAnalyzer("DeleteArchiveRule", { ruleName: "mine" }),
    GetAnalyzedResource: onAnalyzer("GetAnalyzedResource", { resourceArn: "arn:aws:s3:::b" }),
    GetAnalyzer: ofAnalyzer("GetAnalyzer"),
    GetArchiveRule: ofAnalyzer("GetArchiveRule", { ruleName: "mine" }),
    GetFinding: onAnalyzer("GetFinding", { id: "1" }),
    GetFindingV2: onAnalyzer("GetFinding", { id: "1" }),
    ListAnalyzedResources: onAnalyzer("ListAnalyzedResources"),
    ListAnalyzers: [plain("access-analyzer:ListAnalyzers")],
    ListArchiveRules: ofAnalyzer("ListArchiveRules"),
    ListFindings: onAnalyzer("ListFindings"),
    ListFindingsV2: onAnalyzer("ListFindings"),
    ListTagsForResource: onTags("ListTagsForResource"),
    StartResourceScan: onAnalyzer("StartResourceScan", { resourceArn: "arn:aws:s3:::b" }),
    TagResource: onTags("TagResource", { tags: { team: "a" } }),
    UntagResource: onTags("UntagResource", { tagKeys: ["team"] }),
    UpdateAnalyzer: ofAnalyzer("UpdateAnalyzer"),
    UpdateArchiveRule: ofAnalyzer("UpdateArchiveRule", { ruleName: "mine", filter }),
    UpdateFindings: onAnalyzer("UpdateFindings", { status: "ARCHIVED", ids: ["1"] }),
    ValidatePolicy: [plain("access-analyzer:ValidatePolicy", { policyDocument, policyType: "IDENTITY_POLICY" })],
  },
  "s3-credentials": {
    AdoptBucket: [plain("s3-credentials:AdoptBucket", { BucketName: "none" })],
    DescribeBucketMove: [plain("s3-credentials:DescribeBucketMove", { BucketName: "none" })],
    DescribeKeyring: [plain("s3-credentials:DescribeKeyring")],
    EndBucketMove: [plain("s3-credentials:EndBucketMove", { BucketName: "none" })],
    GetAccountQuota: [plain("s3-credentials:GetAccountQuota")],
    GetBucketQuota: [plain("s3-credentials:GetBucketQuota", { BucketName: "none" })],
    ListSessions: [
      plain("s3-credentials:ListSessions"),
      plain("s3-credentials:ListSessions", { RoleName: "job" }),
      plain("s3-credentials:ListSessions", { UserName: "admin" }),
    ],
    MoveBucket: [plain("s3-credentials:MoveBucket", { BucketName: "none", To: "local" })],
    PutAccountQuota: [plain("s3-credentials:PutAccountQuota", { AccountId: "000000000000" })],
    PutBucketQuota: [plain("s3-credentials:PutBucketQuota", { BucketName: "none" })],
    ReleaseBucket: [plain("s3-credentials:ReleaseBucket", { BucketName: "none" })],
    RevokeSessions: [
      plain("s3-credentials:RevokeSessions", { SessionId: "0".repeat(32) }),
      plain("s3-credentials:RevokeSessions", { RoleName: "job" }),
      plain("s3-credentials:RevokeSessions", { UserName: "job" }),
      plain("s3-credentials:RevokeSessions", { AccessKeyId: "AKIA0000000000000000" }),
      plain("s3-credentials:RevokeSessions", { SourceIdentity: "ann" }),
    ],
    RotateKeyring: [plain("s3-credentials:RotateKeyring")],
  },
};

/** Everything but what the requests name. */
const wrong = [
  "arn:aws:iam::*:user/other",
  "arn:aws:iam::*:role/other",
  "arn:aws:sts::*:*/other",
  "arn:aws:account::000000000000:account",
  "arn:aws:account::*:account/o-another123/*",
  "arn:aws:s3-credentials:::*",
  "arn:aws:cloudtrail:*:*:trail/*",
  "arn:aws:access-analyzer:*:*:analyzer/own-*",
  "arn:aws:access-analyzer:*:*:analyzer/own/archive-rule/other",
];

function callOf(service: Service, name: string, input: Input): Call {
  const post = { method: "POST", target: "/", service } as const;
  if (service === "sts") {
    const body = new URLSearchParams({ Action: name, Version: "2011-06-15", ...(input as Record<string, string>) });
    return { ...post, body: body.toString(), headers: { "content-type": "application/x-www-form-urlencoded" } };
  }
  const { contentType, targets } = jsonServices[service];
  if (isRestService(service)) return { ...restCall(service, name, input), headers: { "content-type": contentType } };
  const body = JSON.stringify(input);
  return { ...post, body, headers: { "content-type": contentType, "x-amz-target": `${targets[0] ?? ""}.${name}` } };
}

/** Each member in the place that the model names: the path, the query or the document. */
function restCall(service: RestService, name: string, input: Input): Call {
  const routes: Readonly<Record<string, string>> = modelledRoutes[service];
  const [method = "", place = ""] = (routes[name] ?? "").split(" ");
  const [path = "", parameters = ""] = place.split("?");
  const document = new Map(Object.entries(input));
  const take = (member: string): unknown => {
    const value = document.get(member);
    document.delete(member);
    return value;
  };
  const target = path.replaceAll(/\{(\w+)\}/g, (_label, member: string) => encodeURIComponent(String(take(member))));
  const query = parameters
    .split("&")
    .map((one) => one.split(":")[0] ?? "")
    .flatMap((member) =>
      [take(member) ?? []].flat().map((value) => `${member}=${encodeURIComponent(value as string)}`),
    );
  const body = method === "GET" || method === "DELETE" ? "" : JSON.stringify(Object.fromEntries(document));
  return { method, target: query.length === 0 ? target : `${target}?${query.join("&")}`, service, body };
}

async function answer(
  service: Service,
  name: string,
  input: Input,
  { headers, ...by }: Pick<Asked, "keys" | "headers">,
) {
  const call = callOf(service, name, input);
  const { status, body } = await gateway.send({ ...call, keys: by.keys, headers: { ...call.headers, ...headers } });
  expect(status, body).toBeLessThan(500);
  return status >= 400 && body.includes("AccessDenied") ? ("refused" as const) : ("asked" as const);
}

describe.each(Object.entries(services))("%s", (word, service) => {
  const table: Readonly<Record<string, QueryRow | JsonRow>> = operationTables[word as keyof typeof services];
  // Of whom a token names, no identity policy says anything: acceptance/web-identity.test.ts.
  const rows = Object.values(table).flatMap((row) => ("demands" in row && !("identify" in row) ? [row] : []));

  test("has a request for each action that an operation demands", () => {
    const asked = Object.entries(requests[service]).map(([name, all]) => [name, all.flatMap(({ actions }) => actions)]);
    const demanded = rows.map(({ name, demands }) => [name, demands.map(({ action }) => action)] as const);
    const sorted = (all: readonly (readonly unknown[])[]) =>
      all
        .map(([name, actions]) => [name, [...new Set(actions as string[])].toSorted()] as const)
        .toSorted(([a], [b]) => String(a).localeCompare(String(b)));
    expect(sorted(asked)).toEqual(sorted(demanded));
  });

  test.each(rows.map(({ name }) => name))("%s", async (name) => {
    for (const { input, actions } of requests[service][name] ?? []) {
      for (const action of actions) {
        const demanded = { action, others: actions.filter((one) => one !== action), wrong };
        const answers = await askInCases(gateway, { keys, userName }, demanded, (by) =>
          answer(service, name, input(), by),
        );
        expect(answers, JSON.stringify(input())).toEqual(onlyAllowed);
      }
      if (actions.length > 0) continue;
      const denied = {
        keys: await gateway.user(`denied-${name}`, { Effect: "Deny", Action: "*", Resource: "*" }),
        headers: {},
      };
      expect(await answer(service, name, input(), denied)).toBe("asked");
    }
  });
});
