import { expect, test } from "vitest";
import {
  actionsOf,
  keysProblem,
  mapParameters,
  type MapQuestion,
  readMapQuestion,
} from "../src/access/map/map-question.ts";
import {
  contextOf,
  readWhoCan,
  whoCanParameters,
  whoCanProblem,
  type WrittenWhoCan,
} from "../src/access/who-can/who-can-question.ts";

const usual: MapQuestion = { level: "usual", actions: [], kind: "all", name: "", keys: "*" };

test("the address of the map has what was asked, and nothing that is so without asking", () => {
  expect(mapParameters(usual).toString()).toBe("");
  const asked: MapQuestion = {
    level: "chosen",
    actions: ["s3:GetObject", "s3:ListBucket"],
    kind: "role",
    name: "ci",
    keys: "reports/*",
  };
  expect(readMapQuestion(mapParameters(asked))).toEqual(asked);
  expect(actionsOf(asked)).toEqual(asked.actions);
});

test("what an address has that cannot be asked is left out", () => {
  const read = readMapQuestion(new URLSearchParams("level=All&kind=group&keys=a*b&actions=s3:Nothing"));
  expect(read).toEqual(usual);
  expect(keysProblem("a*b")).toContain("one * at its end");
  expect([keysProblem("a*"), keysProblem("a"), keysProblem("")]).toEqual([undefined, undefined, undefined]);
  expect(actionsOf({ level: "Tagging", actions: [] })).toContain("s3:PutObjectTagging");
});

const nothing: WrittenWhoCan = { action: "", resource: "", time: "", address: "", mfa: "", keys: "" };
const written: WrittenWhoCan = {
  action: "s3:GetObject",
  resource: "arn:aws:s3:::reports/a",
  time: "2026-12-24T18:00:00Z",
  address: "192.0.2.7",
  mfa: "true",
  keys: "s3:ExistingObjectTag/team=blue\naws:TagKeys=a\naws:TagKeys=b=c",
};

test("the address of who can has the whole question", () => {
  expect(readWhoCan(whoCanParameters(written))).toEqual(written);
  expect(whoCanParameters(nothing).toString()).toBe("");
  expect(contextOf(written)).toEqual({
    "aws:sourceip": "192.0.2.7",
    "aws:multifactorauthpresent": "true",
    "s3:existingobjecttag/team": "blue",
    "aws:tagkeys": ["a", "b=c"],
  });
});

test.each([
  [{}, undefined, ""],
  [{ time: "tomorrow" }, "time", "2026-12-24T18:00:00Z"],
  [{ address: "home" }, "address", "192.0.2.7"],
  [{ keys: "no value" }, "context", "no value is not KEY=VALUE"],
  [{ keys: "s3:prefix=a" }, "context", "never has the condition key s3:prefix"],
  [{ action: "s3:GetObjct" }, "action", "did you mean s3:GetObject?"],
  [{ action: "s3:ListObjectsV2" }, "action", "use action s3:ListBucket"],
  [{ resource: "" }, "resource", "say what s3:GetObject is asked on"],
  [{ resource: "arn:aws:s3:::reports" }, "resource", "on an object, not on a bucket"],
] as const)("a slip is told at its place: %o", (fields, about, words) => {
  const problem = whoCanProblem({ ...written, keys: "", ...fields });
  expect(problem?.about).toBe(about);
  expect(problem?.words ?? "").toContain(words);
});
