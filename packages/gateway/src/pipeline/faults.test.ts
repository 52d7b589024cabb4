import { expect, test } from "vitest";
import { EngineError, StoreError } from "../ports/store-error.ts";
import { faultToRefusal } from "./faults.ts";

const full = new StoreError("full", "database or disk is full");

test("a full disk is named, with what to do, and fills no log", () => {
  expect(faultToRefusal(full, "s3")).toEqual({ refusal: { kind: "refusal", code: "InsufficientStorage" }, log: false });
  for (const service of ["iam", "sts"] as const)
    expect(faultToRefusal(full, service)).toEqual({
      refusal: {
        kind: "refusal",
        code: "ServiceUnavailable",
        message: "The disk of the gateway, or of its database, is full. Delete objects or free space, then try again.",
      },
      log: false,
    });
});

test("a full engine is not called the disk of the gateway, and is in the log", () => {
  expect(faultToRefusal(new EngineError("full", "the upstream ceph answered 507 to PUT"), "s3")).toEqual({
    refusal: {
      kind: "refusal",
      code: "InsufficientStorage",
      message: expect.stringMatching(/^The storage behind this bucket is full/),
    },
    log: true,
  });
});
