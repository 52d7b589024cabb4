import { expect, test } from "vitest";
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
