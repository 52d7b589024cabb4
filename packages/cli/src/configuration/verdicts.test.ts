import { describe, expect, test } from "vitest";
import { fromPlain, isObject } from "../formats/json.ts";
import { type Configuration, entitiesOf, makeEntity } from "./configuration.ts";
import type { Kind } from "./layout.ts";
import { judge } from "./verdicts.ts";

type Files = readonly (readonly [kind: Kind, name: string, members: object])[];

function configuration(files: Files): Configuration {
  const entities = files.map(([kind, name, members]) => {
    const json = fromPlain(members);
    if (!isObject(json)) throw new Error("an object");
    return makeEntity(kind, name, json);
  });
  return { account: "123456789012", partition: "aws", entities: entitiesOf(entities) };
}

function verdicts(before: Files, after: Files): readonly string[] {
  const judged = { before: configuration(before), after: configuration(after), foreign: new Map() };
  return judge(judged).map(({ of, change }) => `${of}: ${change.change}`);
}

const allow = (more: object) => ({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });

test("what tells others of the objects of a bucket is not decided, and less of it is no verdict", () => {
  const data = (members: object): Files => [["buckets", "data", { Bucket: "data", ...members }]];
  const inventory = (Id: string, more: object = {}) => ({ Id, IsEnabled: true, Bucket: "arn:aws:s3:::site", ...more });
  const lists = (...all: readonly object[]) => data({ InventoryConfigurationList: all });
  const unknown = ["the inventories of bucket data: unknown"];
  expect(verdicts(lists(), lists(inventory("daily")))).toEqual(unknown);
  expect(verdicts(lists(inventory("daily")), lists(inventory("daily", { Bucket: "other" })))).toEqual(unknown);
  expect(verdicts(lists(inventory("daily", { IsEnabled: false })), lists(inventory("daily")))).toEqual(unknown);
  expect(verdicts(lists(inventory("a"), inventory("b")), lists(inventory("b", { IsEnabled: false })))).toEqual([]);
  const logs = data({ LoggingEnabled: { TargetBucket: "site", TargetPrefix: "" } });
  expect([verdicts(data({}), logs), verdicts(logs, logs), verdicts(logs, data({}))]).toEqual([
    ["the access logs of bucket data: unknown"],
    [],
    [],
  ]);
  const notified = data({ NotificationConfiguration: { TopicConfigurations: [{ TopicArn: "arn:aws:sns:::hook" }] } });
  expect(verdicts(data({}), notified)).toEqual(["the notifications of bucket data: unknown"]);
});

test("tags of a policy that rights depend on are not decided", () => {
  const PolicyDocument = allow({ Action: "*", Resource: "*" });
  const admin = (owner: string): Files => [
    ["policies", "admin", { PolicyName: "admin", PolicyDocument, Tags: [{ Key: "owner", Value: owner }] }],
  ];
  const ann = (more: object): Files => {
    const document = allow({ Action: "iam:CreatePolicyVersion", Resource: "*", ...more });
    return [["users", "ann", { UserName: "ann", UserPolicyList: [{ PolicyName: "own", PolicyDocument: document }] }]];
  };
  const asks = ann({ Condition: { StringEquals: { "aws:ResourceTag/owner": "ann" } } });
  expect(verdicts([...asks, ...admin("root")], [...asks, ...admin("ann")])).toEqual(["policy admin: unknown"]);
  expect(verdicts([...asks, ...admin("root")], [...asks, ...admin("root")])).toEqual([]);
  // Where nobody asks for tags, they give nothing.
  const any = ann({});
  expect(verdicts([...any, ...admin("root")], [...any, ...admin("ann")])).toEqual([]);
});

test("a boundary that goes is a change, also when nobody can read it", () => {
  const boundary = { PermissionsBoundary: "arn:aws:iam::aws:policy/Gone" };
  const own = [{ PolicyName: "own", PolicyDocument: allow({ Action: "s3:*", Resource: "*" }) }];
  const ann = (more: object): Files => [["users", "ann", { UserName: "ann", UserPolicyList: own, ...more }]];
  const [verdict, ...others] = verdicts(ann(boundary), ann({}));
  expect([verdict, others]).toEqual([expect.stringMatching(/^user ann: (wider|unknown)$/), []]);
});

test("where a Deny or a boundary ends, what a policy of a resource grants by itself is allowed", () => {
  const arn = (path: string) => `arn:aws:iam::123456789012:${path}`;
  const secret = { Action: "s3:GetObject", Resource: "arn:aws:s3:::data/secret/*" };
  const denies = { UserPolicyList: [{ PolicyName: "own", PolicyDocument: allow({ ...secret, Effect: "Deny" }) }] };
  const bounds = { PermissionsBoundary: arn("policy/limit") };
  const limit: Files = [
    ["policies", "limit", { PolicyName: "limit", PolicyDocument: allow({ Action: "s3:ListBucket", Resource: "*" }) }],
  ];
  const bucket = (Principal: unknown): Files => [
    ["buckets", "data", { Bucket: "data", Policy: allow({ ...secret, Principal }) }],
  ];
  const user = (more: object): Files => [["users", "ann", { UserName: "ann", ...more }]];
  const role = (more: object): Files => [["roles", "ci", { RoleName: "ci", ...more }]];
  const change = (before: Files, after: Files, ...rest: Files) => verdicts([...before, ...rest], [...after, ...rest]);
  const toAnn = bucket({ AWS: arn("user/ann") });
  expect(change(user(denies), user({}), ...toAnn)).toEqual(["user ann: wider"]);
  expect(change(user({}), user(denies), ...toAnn)).toEqual(["user ann: narrower"]);
  expect(change(role(bounds), role({}), ...limit, ...bucket({ AWS: arn("role/ci") }))).toEqual(["role ci: wider"]);
  // A role acts under the names of its sessions, a user under those of federated users.
  const asSession = bucket({ AWS: "arn:aws:sts::123456789012:assumed-role/ci/build" });
  const roleDenies = { RolePolicyList: denies.UserPolicyList };
  expect(change(role(roleDenies), role({}), ...asSession)).toEqual(["role ci: wider"]);
  const signedIn = bucket({ Federated: arn("oidc-provider/issuer.example") });
  expect(change(role(roleDenies), role({}), ...signedIn)).toEqual(["role ci: wider"]);
  const asFederated = bucket({ AWS: "arn:aws:sts::123456789012:federated-user/fay" });
  expect(change(user(denies), user({}), ...asFederated)).toEqual(["user ann: wider"]);
  const otherSession = bucket({ AWS: "arn:aws:sts::123456789012:assumed-role/other/build" });
  expect(change(role(roleDenies), role({}), ...otherSession)).toEqual(["role ci: same"]);
  // Who is not named, or by the account alone, has nothing by it.
  expect(change(user(denies), user({}), ...bucket({ AWS: arn("user/bob") }))).toEqual(["user ann: same"]);
  expect(change(user(denies), user({}), ...bucket({ AWS: arn("root") }))).toEqual(["user ann: same"]);
  const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: arn("user/ann") } };
  const trusting = role({ AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [trust] } });
  const stays = {
    UserPolicyList: [{ PolicyName: "own", PolicyDocument: allow({ Effect: "Deny", Action: "sts:*", Resource: "*" }) }],
  };
  expect(change(user(stays), user({}), ...trusting)).toEqual(["user ann: wider"]);
});

describe("control policies", () => {
  const deny = { Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "s3:DeleteBucket", Resource: "*" }] };
  const denyAll = { Version: "2012-10-17", Statement: [{ ...deny.Statement[0], Principal: "*" }] };
  const at = (...targets: readonly string[]) =>
    targets.map((one) => (one.includes("@") ? { Type: "ACCOUNT", Email: one } : { Type: one }));
  const organization = (...PolicyTypes: readonly string[]): Files => [["organization", "", { PolicyTypes }]];
  const accounts: Files = ["a@x", "b@x"].map((Email) => ["accounts", Email, { Email, AccountName: Email }] as const);
  const service = (Content: object, ...targets: readonly string[]): Files => [
    ["service-control-policies", "p", { Name: "p", Content, Targets: at(...targets) }],
    ["service-control-policies", "full", { Name: "full", AwsManaged: true, Targets: at("ROOT", "a@x", "b@x") }],
  ];
  const resource = (Content: object, ...targets: readonly string[]): Files => [
    ["resource-control-policies", "r", { Name: "r", Content, Targets: at(...targets) }],
  ];
  const both = organization("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY");
  const ofService = (who: string): string => `users and roles of ${who} (service control policies)`;

  test("attached, detached and changed, are judged for the users and roles of each account concerned", () => {
    const start = [...both, ...accounts];
    expect(verdicts([...start, ...service(deny)], [...start, ...service(deny, "a@x")])).toEqual([
      `${ofService("account a@x")}: narrower`,
    ]);
    expect(verdicts([...start, ...service(deny, "a@x", "b@x")], [...start, ...service(deny)])).toEqual([
      `${ofService("account a@x, account b@x")}: wider`,
    ]);
    const more = { ...deny, Statement: [{ ...deny.Statement[0], Action: ["s3:DeleteBucket", "s3:PutObject"] }] };
    expect(verdicts([...start, ...service(deny, "ROOT")], [...start, ...service(more, "ROOT")])).toEqual([
      `${ofService("account a@x, account b@x, any other account")}: narrower`,
    ]);
    // What the root denies, an account need not.
    const twice = service(deny, "ROOT", "a@x");
    expect(verdicts([...start, ...twice], [...start, ...service(deny, "ROOT")])).toEqual([
      `${ofService("account a@x")}: same`,
    ]);
    expect(verdicts([...start, ...resource(denyAll, "b@x")], start)).toEqual([
      "callers of the resources of account b@x (resource control policies): wider",
    ]);
  });

  test("limit the root of an account too, and, for its resources, anonymous callers and services", () => {
    const start = [...both, ...accounts];
    const denies = (Condition: object, more: object = {}) => ({
      Version: "2012-10-17",
      Statement: { Effect: "Deny", Action: "s3:*", Resource: "*", Condition, ...more },
    });
    const root = denies({ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:root" } });
    expect(verdicts([...start, ...service(root, "a@x")], [...start, ...service(root)])).toEqual([
      `${ofService("account a@x")}: wider`,
    ]);
    for (const Condition of [
      { Null: { "aws:PrincipalArn": "true" }, Bool: { "aws:SecureTransport": "true" } },
      { Bool: { "aws:PrincipalIsAWSService": "true" }, StringNotEquals: { "aws:SourceOrgID": "o-exampleorgid" } },
      { ArnLike: { "aws:PrincipalArn": "arn:aws:sts::*:federated-user/*" } },
    ])
      expect(verdicts([...start, ...resource(denies(Condition, { Principal: "*" }), "b@x")], start)).toEqual([
        "callers of the resources of account b@x (resource control policies): wider",
      ]);
  });

  test("limit nobody in the management account, and nobody while their type is not enabled", () => {
    const start = [...both, ...accounts];
    expect(verdicts([...start, ...service(deny)], [...start, ...service(deny, "MANAGEMENT_ACCOUNT")])).toEqual([]);
    const off = [...organization(), ...accounts];
    expect(verdicts([...off, ...service(deny, "a@x")], [...off, ...service(deny)])).toEqual([]);
    const attached = [...accounts, ...service(deny, "a@x")];
    const on = organization("SERVICE_CONTROL_POLICY");
    expect(verdicts([...organization(), ...attached], [...on, ...attached])).toEqual([
      `${ofService("account a@x")}: narrower`,
      `${ofService("account b@x, any other account")}: same`,
    ]);
    // A type that the file leaves out stays enabled.
    expect(verdicts([...on, ...attached], [...organization(), ...attached])).toEqual([]);
  });

  test("of many accounts, the first are named", () => {
    const many = Array.from({ length: 7 }, (_, at) => `${at}@x`);
    const there: Files = many.map((Email) => ["accounts", Email, { Email, AccountName: Email }] as const);
    const [verdict, ...more] = verdicts([...both, ...there], [...both, ...there, ...service(deny, ...many)]);
    const named = many.slice(0, 5).map((one) => `account ${one}`);
    expect(verdict).toBe(`${ofService(`${named.join(", ")} and 2 more`)}: narrower`);
    expect(more).toEqual([]);
  });
});
