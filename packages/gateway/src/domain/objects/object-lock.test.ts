import { expect, test } from "vitest";
import type { Retention, RetentionMode } from "../../ports/object-lock.ts";
import { isLocked, mayReplaceRetention, retentionFrom } from "./object-lock.ts";

const now = Date.parse("2026-11-30T12:00:00Z");
const ask = { now, bypassesGovernance: false };
const bypass = { now, bypassesGovernance: true };
const until = (mode: RetentionMode, ms: number): Retention => ({ mode, until: now + ms });

test("a version is kept by a retention until its end, and by a legal hold until that is taken away", () => {
  expect(isLocked(undefined, ask)).toBe(false);
  expect(isLocked({ retention: until("GOVERNANCE", 1) }, ask)).toBe(true);
  expect(isLocked({ retention: until("GOVERNANCE", 0) }, ask)).toBe(false);
  expect(isLocked({ retention: until("GOVERNANCE", 1) }, bypass)).toBe(false);
  expect(isLocked({ retention: until("COMPLIANCE", 1) }, bypass)).toBe(true);
  expect(isLocked({ retention: until("COMPLIANCE", -1) }, ask)).toBe(false);
  expect(isLocked({ legalHold: true, retention: until("GOVERNANCE", -1) }, bypass)).toBe(true);
  expect(isLocked({ legalHold: false }, ask)).toBe(false);
});

test("a retention that binds is only extended, in its mode", () => {
  const [governance, compliance] = [until("GOVERNANCE", 10), until("COMPLIANCE", 10)];
  for (const before of [governance, compliance]) {
    expect(mayReplaceRetention(before, { ...before, until: now + 11 }, ask)).toBe(true);
    expect(mayReplaceRetention(before, before, ask)).toBe(true);
    expect(mayReplaceRetention(before, { ...before, until: now + 9 }, ask)).toBe(false);
    expect(mayReplaceRetention(before, undefined, ask)).toBe(false);
    expect(mayReplaceRetention({ ...before, until: now }, undefined, ask)).toBe(true);
  }
  expect(mayReplaceRetention(governance, compliance, ask)).toBe(false);
  expect(mayReplaceRetention(governance, compliance, bypass)).toBe(true);
  expect(mayReplaceRetention(governance, undefined, bypass)).toBe(true);
  for (const after of [undefined, until("GOVERNANCE", 20), until("COMPLIANCE", 9)])
    expect(mayReplaceRetention(compliance, after, bypass)).toBe(false);
  expect(mayReplaceRetention(undefined, governance, ask)).toBe(true);
});

test("days are of 24 hours, and years those of the calendar", () => {
  const end = (unit: "Days" | "Years", count: number, from: string) =>
    new Date(retentionFrom({ mode: "GOVERNANCE", unit, count }, Date.parse(from)).until).toISOString();
  expect(end("Days", 2, "2026-11-30T12:00:00Z")).toBe("2026-12-02T12:00:00.000Z");
  expect(end("Years", 1, "2027-06-01T00:00:00Z")).toBe("2028-06-01T00:00:00.000Z");
  expect(end("Years", 1, "2028-02-29T00:00:00Z")).toBe("2029-03-01T00:00:00.000Z");
});
