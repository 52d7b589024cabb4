import { expect, test } from "vitest";
import { StoreError } from "../ports/store-error.ts";
import { faultToRefusal } from "./faults.ts";

const full = new StoreError("full", "database or disk is full");

test("a full disk is named, with what to do, and fills no log", () => {
  expect(faultToRefusal(full, "s3")).toEqual({ refusal: { kind: "refusal", code: "InsufficientStorage" }, log: false });
  for (const service of ["iam", "sts"] as const)
    expect(faultToRefusal(full, service)).toEqual({
      refusal: {
        kind: "refusal",
        code: "ServiceUnavailable",
        message: "The disk of the gateway is full. Delete objects or free space, then try again.",
      },
      log: false,
    });
});
