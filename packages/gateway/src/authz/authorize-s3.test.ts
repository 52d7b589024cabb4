import type { Principal } from "@s3-credentials/policy";
import { describe, expect, test } from "vitest";
import type { S3Demand } from "../operations/demand.ts";
import { itemResource } from "../operations/s3/s3-subject.ts";
import { deleteObjects } from "../operations/s3/delete-objects.ts";
import { createTimeBudget } from "../pipeline/time-budget.ts";
import { authorizeS3, mayListS3 } from "./authorize-s3.ts";
import { refuseImpossible } from "./possible-s3.ts";
import {
  account,
  other,
  policy,
  user,
  caller,
  bucket,
  given,
  get,
  verdict,
  all,
  publicRead,
} from "../../test/s3-question.ts";

describe("authorizeS3", () => {
  test("a grant holds what was allowed, and nothing can change it", async () => {
    const { outcome, decision } = await authorizeS3(given({ caller: caller(user(), all), demands: get }));
    expect(outcome).toMatchObject({
      operation: "GetObject",
      accountId: account,
      resources: ["arn:aws:s3:::bucket/key"],
      requestId: "R",
    });
    expect(Object.isFrozen(outcome)).toBe(true);
    expect(decision).toMatchObject({
      allowed: true,
      layer: "identity",
      statement: { policyName: "p (inline)", index: 0 },
    });
  });

  test("a denial names principal, action, resource and kind of policy to the bucket's own account", async () => {
    const message = await verdict({ caller: caller(user()), demands: get });
    expect(message).toBe(
      `User: arn:aws:iam::${account}:user/u is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::bucket/key" because no identity-based policy allows the s3:GetObject action`,
    );
  });

  test("and says nothing to another account or to nobody", async () => {
    expect(await verdict({ caller: caller(user(other), all), demands: get })).toBe("");
    expect(await verdict({ caller: caller({ kind: "anonymous" }), demands: get })).toBe("");
  });

  test("a version asks for the Version action", async () => {
    const plain = policy({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" });
    const subject = { bucket: "bucket", key: "key", versionId: "null" };
    expect(await verdict({ caller: caller(user(), plain), demands: get, subject })).toContain("s3:GetObjectVersion");
    expect(await verdict({ caller: caller(user(), plain), demands: get })).toEqual(["arn:aws:s3:::bucket/key"]);
  });

  test("every demand counts: a copy needs its source and its target", async () => {
    const demands: readonly S3Demand[] = [
      { action: "s3:PutObject", resource: "object" },
      { action: "s3:GetObject", resource: "source-object", when: "source-no-version" },
      { action: "s3:GetObjectVersion", resource: "source-object", when: "source-version-named" },
    ];
    const source = bucket({ id: "2", place: "2", name: "source" });
    const subject = { bucket: "bucket", key: "key", source: { bucket: "source", key: "s", versionId: undefined } };
    const put = policy({ Effect: "Allow", Action: "s3:PutObject", Resource: "*" });
    const read = policy({ Effect: "Allow", Action: "s3:GetObject", Resource: "*" });
    expect(await verdict({ caller: caller(user(), put), demands, subject, source })).toContain(
      "s3:GetObject on resource",
    );
    expect(await verdict({ caller: caller(user(), read), demands, subject, source })).toContain("s3:PutObject");
    expect(await verdict({ caller: caller(user(), put, read), demands, subject, source })).toEqual([
      "arn:aws:s3:::bucket/key",
      "arn:aws:s3:::source/s",
    ]);
    const version = { ...subject, source: { ...subject.source, versionId: "v" } };
    expect(await verdict({ caller: caller(user(), put, read), demands, subject: version, source })).toContain(
      "s3:GetObjectVersion",
    );
  });

  test("the source's own bucket policy decides over the source", async () => {
    const deny = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Deny", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::source/*" },
    });
    const demands: readonly S3Demand[] = [{ action: "s3:GetObject", resource: "source-object" }];
    const subject = { bucket: "bucket", key: "key", source: { bucket: "source", key: "s", versionId: undefined } };
    const source = bucket({ id: "2", place: "2", name: "source", policy: deny });
    expect(await verdict({ caller: caller(user(), all), demands, subject, source })).toContain(
      "explicit deny in a resource-based policy",
    );
  });

  test("items: the refused are left out; a key and its version are two things", async () => {
    const demands: readonly S3Demand[] = [
      { action: "s3:DeleteObject", resource: "item", when: "no-version" },
      { action: "s3:DeleteObjectVersion", resource: "item", when: "version-named" },
    ];
    const rights = policy([
      { Effect: "Allow", Action: "s3:DeleteObject", Resource: "arn:aws:s3:::bucket/mine/*" },
      {
        Effect: "Allow",
        Action: "s3:DeleteObjectVersion",
        Resource: "*",
        Condition: { StringEquals: { "s3:VersionId": "v1" } },
      },
    ]);
    const items = [
      { key: "mine/a", versionId: undefined },
      { key: "mine/a", versionId: "v2" },
      { key: "theirs/b", versionId: undefined },
      { key: "theirs/b", versionId: "v1" },
    ];
    const resources = await verdict({ caller: caller(user(), rights), demands, subject: { bucket: "bucket", items } });
    expect(resources).toEqual([itemResource("bucket", items[0] ?? fail()), itemResource("bucket", items[3] ?? fail())]);
    expect(new Set(items.map((item) => itemResource("bucket", item))).size).toBe(4);
  });

  test("items with an ETag are read too, and are things of their own", async () => {
    const { demands } = deleteObjects;
    const rights = policy([
      { Effect: "Allow", Action: "s3:DeleteObject", Resource: "*" },
      { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/mine/*" },
    ]);
    const items = [
      { key: "mine/a", versionId: undefined, ifMatch: "e" },
      { key: "theirs/b", versionId: undefined, ifMatch: "e" },
      { key: "theirs/b", versionId: undefined },
      { key: "theirs/b", versionId: undefined, ifMatch: "*" },
    ];
    const subject = { bucket: "bucket", items };
    const allowed = [0, 2, 3].map((at) => itemResource("bucket", items[at] ?? fail()));
    expect(await verdict({ caller: caller(user(), rights), demands, subject })).toEqual(allowed);
    expect(new Set(items.map((item) => itemResource("bucket", item))).size).toBe(4);
  });

  test("anonymous callers have what the bucket policy gives them", async () => {
    const demands = get;
    expect(
      await verdict({ caller: caller({ kind: "anonymous" }), demands, bucket: bucket({ policy: publicRead }) }),
    ).toEqual(["arn:aws:s3:::bucket/key"]);
  });

  test("RestrictPublicBuckets: a public policy gives nothing outside the account", async () => {
    const restricted = {
      blockPublicAcls: false,
      ignorePublicAcls: false,
      blockPublicPolicy: false,
      restrictPublicBuckets: true,
    };
    const shut = bucket({ policy: publicRead, publicAccessBlock: restricted });
    expect(await verdict({ caller: caller({ kind: "anonymous" }), demands: get, bucket: shut })).toBe("");
    expect(await verdict({ caller: caller(user(other), all), demands: get, bucket: shut })).toBe("");
    expect(await verdict({ caller: caller(user()), demands: get, bucket: shut })).toEqual(["arn:aws:s3:::bucket/key"]);
    const open = bucket({ policy: publicRead, publicAccessBlock: { ...restricted, restrictPublicBuckets: false } });
    expect(await verdict({ caller: caller(user(other), all), demands: get, bucket: open })).toEqual([
      "arn:aws:s3:::bucket/key",
    ]);
  });

  test("RestrictPublicBuckets leaves the policy's Deny and a policy that is not public alone", async () => {
    const block = {
      blockPublicAcls: false,
      ignorePublicAcls: false,
      blockPublicPolicy: false,
      restrictPublicBuckets: true,
    };
    const named = publicRead.replace('"*"', `{"AWS":"${other}"}`);
    const shared = bucket({ policy: named, publicAccessBlock: block });
    expect(await verdict({ caller: caller(user(other), all), demands: get, bucket: shared })).toEqual([
      "arn:aws:s3:::bucket/key",
    ]);
  });

  // SECURITY: what cannot be read denies.
  test("an unreadable bucket policy denies everyone, but lets the owner's root mend it", async () => {
    const unreadable = bucket({ policy: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Nonsense":1}}' });
    expect(
      (await authorizeS3(given({ caller: caller(user(), all), demands: get, bucket: unreadable }))).outcome,
    ).toMatchObject({
      code: "AccessDenied",
    });
    const root: Principal = { kind: "root", accountId: account, arn: `arn:aws:iam::${account}:root` };
    expect(
      (await authorizeS3(given({ caller: caller(root), demands: get, bucket: unreadable }))).outcome,
    ).toMatchObject({
      code: "AccessDenied",
    });
    const remove: readonly S3Demand[] = [{ action: "s3:DeleteBucketPolicy", resource: "bucket" }];
    expect(await verdict({ caller: caller(root), demands: remove, bucket: unreadable })).toEqual([
      "arn:aws:s3:::bucket",
    ]);
  });

  test("a condition key of another operation meets no condition", async () => {
    const rights = policy({
      Effect: "Allow",
      Action: "s3:*",
      Resource: "*",
      Condition: { StringLike: { "s3:prefix": "home/*" } },
    });
    const query = new Map([["prefix", "home/x"]]);
    expect(await verdict({ caller: caller(user(), rights), demands: get, query })).toContain("not authorized");
    const list: readonly S3Demand[] = [{ action: "s3:ListBucket", resource: "bucket" }];
    const keys = { query, conditionKeys: ["s3:prefix"] as const };
    expect(await verdict({ caller: caller(user(), rights), demands: get, ...keys })).toContain("not authorized");
    expect(await verdict({ caller: caller(user(), rights), demands: list, ...keys })).toHaveLength(1);
  });

  test("a row that asks nothing is a fault, and so is an unknown predicate or resource", async () => {
    await expect(authorizeS3(given({ caller: caller(user(), all), demands: [] }))).rejects.toThrow("demands nothing");
    const never: readonly S3Demand[] = [{ action: "s3:GetObject", resource: "object", when: "version-named" }];
    await expect(authorizeS3(given({ caller: caller(user(), all), demands: never }))).rejects.toThrow(
      "demands nothing",
    );
    await expect(
      authorizeS3(
        given({
          caller: caller(user(), all),
          demands: [{ action: "s3:GetObject", resource: "object", when: "toString" as "no-version" }],
        }),
      ),
    ).rejects.toThrow("predicate");
    await expect(
      authorizeS3(
        given({ caller: caller(user(), all), demands: [{ action: "s3:GetObject", resource: "elsewhere" as "none" }] }),
      ),
    ).rejects.toThrow("elsewhere");
    await expect(
      authorizeS3(given({ caller: caller(user(), all), demands: get, subject: { bucket: "bucket" } })),
    ).rejects.toThrow("object");
  });

  test("callers who may list may learn that an object does not exist", async () => {
    const lister = policy({ Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::bucket" });
    expect(await mayListS3(given({ caller: caller(user(), lister), demands: get }), "bucket")).toBe(true);
    expect(await mayListS3(given({ caller: caller(user()), demands: get }), "bucket")).toBe(false);
    expect(await mayListS3(given({ caller: caller(user(), lister), demands: get }), "source")).toBe(false);
  });
});

function fail(): never {
  throw new Error("unreachable");
}

describe("whatever is decided is charged to the caller's time", () => {
  const limits = { turn: 10, slice: 1, decision: 0, request: 100, caller: 100 };
  const time = createTimeBudget(limits).of("caller", new AbortController().signal);
  const statement = { Effect: "Allow", Action: "s3:*", Resource: "*" };
  const asked = given({ caller: caller(user(), policy(statement)), demands: [] });

  test("whether a miss may be reported", async () => {
    await expect(mayListS3({ ...asked, time }, "bucket")).rejects.toMatchObject({ kind: "too-costly" });
  });

  test("whether an Allow is possible at all", async () => {
    const demands: readonly S3Demand[] = [{ action: "s3:DeleteObject", resource: "item" }];
    const row = { ...asked.row, demands };
    await expect(refuseImpossible({ ...asked, row, time })).rejects.toMatchObject({ kind: "too-costly" });
    expect(await refuseImpossible({ ...asked, row })).toBeUndefined();
  });
});
