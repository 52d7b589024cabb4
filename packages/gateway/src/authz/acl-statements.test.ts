import { expect, test } from "vitest";
import { type Acl, aclGroups, type AclPermission, aclPermissions } from "../ports/acl.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { Seen } from "../operations/s3/s3-subject.ts";
import type { ObjectVersion } from "../ports/object-version.ts";
import { aclPolicy } from "./acl-statements.ts";

const [own, accountId, userId] = ["f".repeat(64), "111122223333", "AIDAAAAAAAAAAAAAAAAA"];
const arn = `arn:aws:iam::${accountId}:user/u`;
const caller = { kind: "user", accountId, canonicalId: own, arn, userId, userName: "u" } as const;
const bucket = { name: "b", ownership: "ObjectWriter", acl: undefined } as unknown as BucketRecord;
const objectWith = (acl: Acl): Seen => ({ version: { kind: "object", metadata: { acl } } as unknown as ObjectVersion });
const others = (from: number): Acl =>
  Array.from({ length: 90 }, (_, n) => ({
    grantee: (from + n).toString(16).padStart(64, "0"),
    permission: "FULL_CONTROL",
  }));

/** Each policy is compiled once by its text, and that costs more than a request. */
test("however many grants ACLs have, a caller meets few policies", () => {
  const texts = new Set<string | undefined>();
  for (let at = 0; at < 100; at += 1) {
    const grants = [own, ...Object.values(aclGroups)].flatMap((grantee, which) =>
      aclPermissions
        .filter((_, bit) => ((at * 7919) >> (bit + which)) % 2 === 1)
        .map((permission) => ({ grantee, permission })),
    );
    texts.add(aclPolicy(bucket, objectWith([...others(at * 90), ...grants]), { action: "s3:GetObject", caller }));
  }
  expect(texts.size).toBeLessThanOrEqual(26);
  expect(Math.max(...[...texts].map((text = "") => text.length))).toBeLessThan(1000);
});

test("grants to others, and those of other permissions, are none to the caller", () => {
  const ask = (acl: Acl) => aclPolicy(bucket, objectWith(acl), { action: "s3:GetObject", caller });
  expect(ask(others(0))).toBeUndefined();
  expect(ask([{ grantee: own, permission: "READ_ACP" }])).toBeUndefined();
  expect(ask([{ grantee: own, permission: "READ" }])).toContain(own);
});

test("of an object that is not there, who may list its bucket learns that, and nobody gets more", () => {
  const ask = (permission: AclPermission, action: "s3:GetObject" | "s3:GetObjectAcl", seen: Seen | undefined) =>
    aclPolicy({ ...bucket, acl: [{ grantee: own, permission }] }, seen, { action, caller });
  for (const permission of aclPermissions) {
    const isReader = permission === "READ" || permission === "FULL_CONTROL";
    expect(ask(permission, "s3:GetObject", { version: undefined }) !== undefined).toBe(isReader);
    expect(ask(permission, "s3:GetObjectAcl", { version: undefined })).toBeUndefined();
    for (const seen of [undefined, objectWith([])]) expect(ask(permission, "s3:GetObject", seen)).toBeUndefined();
  }
});
