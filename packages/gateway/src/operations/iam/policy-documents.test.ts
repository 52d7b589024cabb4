import { expect, test } from "vitest";
import { isRefusal } from "../operation.ts";
import { checkDocument } from "./policy-documents.ts";
import { givenPolicy } from "./simulation.ts";

const manyFaults = (count: number) => `{"Version":"2012-10-17","Statement":[${Array(count).fill("{}").join()}]}`;

test("a document beyond its quota is refused by its size, before its faults are looked for", () => {
  expect(checkDocument(manyFaults(20_000), "identity", 2048)).toMatchObject({ code: "LimitExceeded" });
  expect(checkDocument(manyFaults(20), "identity", 2048)).toMatchObject({ code: "MalformedPolicyDocument" });
  expect(checkDocument(`${" ".repeat(100_000)}${manyFaults(0)}`, "identity", 2048)?.code).not.toBe("LimitExceeded");
});

test("a document that no policy can be is not simulated", () => {
  const given = (text: string) => {
    const read = givenPolicy("PolicyInputList.1", text, "identity");
    return isRefusal(read) ? read.message : undefined;
  };
  expect(given(manyFaults(20_000))).toContain("PolicyInputList.1 is larger than any policy: 20480 characters");
  expect(given(manyFaults(20))).toContain("is not a policy");
});
