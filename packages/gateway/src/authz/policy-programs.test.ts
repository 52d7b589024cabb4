import { expect, test } from "vitest";
import { isRefusal } from "../operations/operation.ts";
import { checkBucketPolicy } from "../operations/s3/check-bucket-policy.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import { createBucketPolicies } from "./bucket-policies.ts";
import { createPolicyPrograms } from "./policy-programs.ts";

const limit = 1024 * 1024;

/** A session policy as long as one may be, and another for each number. */
function longPolicy(number: number): string {
  const resources = Array.from({ length: 60 }, (_, at) => `arn:aws:s3:::*a${number}*${at}`);
  return JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "s3:*", Resource: resources } });
}

test("the session policies of one user stay under the limit, however many, and push out nobody's own policies", () => {
  const programs = createPolicyPrograms(limit);
  const own = JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } });
  const before = programs.named("own", own, "identity").program;
  for (let number = 0; number < 1200; number += 1) {
    expect(programs.named("session policy", longPolicy(number), "session").program).not.toBe("unreadable");
    expect(programs.weight()).toBeLessThanOrEqual(limit + 20_000);
  }
  expect(programs.weight()).toBeGreaterThan(limit / 2);
  expect(programs.named("own", own, "identity").program).toBe(before);
});

test("policies of a principal are compiled one in a turn of its account, and what is kept takes no turn", async () => {
  const turns: string[] = [];
  const programs = createPolicyPrograms(undefined, async (whose) => void turns.push(whose));
  const named = (number: number) => programs.namedInTurn("own", longPolicy(number), "identity", "123456789012");
  const first = await named(1);
  expect(turns).toEqual(["123456789012"]);
  expect((await named(1)).program).toBe(first.program);
  expect(programs.named("own", longPolicy(1), "identity").program).toBe(first.program);
  expect(turns).toHaveLength(1);
  await named(2);
  expect(turns).toHaveLength(2);
  expect((await programs.namedInTurn("gone", undefined, "boundary", "123456789012")).program).toBe("unreadable");
  expect(turns).toHaveLength(2);
});

test("a stored bucket policy that a put would refuse today still decides", async () => {
  const statement = {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: "arn:aws:s3:::b/*",
    Condition: { StringNotLike: { "s3:prefix": "a/*" } },
  };
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: statement });
  expect(isRefusal(await checkBucketPolicy(policy, "b", async () => undefined))).toBe(true);
  const stored = { name: "b", policy } as BucketRecord;
  expect(createBucketPolicies().of(stored, { isOutsider: false })).toMatchObject({
    program: { source: { statements: [{ effect: "Deny" }] } },
  });
});
