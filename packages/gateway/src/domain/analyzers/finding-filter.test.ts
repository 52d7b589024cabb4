import { expect, test } from "vitest";
import type { FindingRecord } from "../../ports/analyzer-store.ts";
import { fitsOneOf } from "./finding-filter.ts";

test("the conditions of a finding are read once, however many filters there are", () => {
  let read = 0;
  const conditions = new Proxy<Record<string, string>>(
    { "aws:PrincipalTag/Team": "a" },
    { get: (target, name) => ((read += 1), Reflect.get(target, name)) },
  );
  const access = { principal: { type: "AWS", name: "*" }, actions: [], conditions, isPublic: false } as const;
  const finding: FindingRecord = {
    id: "1",
    arn: "arn:aws:s3:::b",
    type: "AWS::S3::Bucket",
    owner: "111122223333",
    status: "ACTIVE",
    createdAt: 1,
    analyzedAt: 1,
    updatedAt: 1,
    access,
  };
  const others = Array.from({ length: 100 }, (_, at) => ({ "condition.aws:principaltag/team": { eq: [String(at)] } }));
  expect(fitsOneOf(others)(finding)).toBe(false);
  expect(fitsOneOf([...others, { "condition.AWS:principalTag/team": { eq: ["a"] } }])(finding)).toBe(true);
  expect(read).toBe(2);
});
