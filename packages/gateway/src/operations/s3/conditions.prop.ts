import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ObjectVersion } from "../../ports/object-version.ts";
import { checkConditions, keepsRange, readConditions } from "./conditions.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 300);
const second = Date.UTC(2026, 10, 3, 3, 4, 5);

const usual = process.env["TZ"];
beforeAll(() => {
  process.env["TZ"] = "America/New_York";
});
afterAll(() => {
  if (usual === undefined) delete process.env["TZ"];
  else process.env["TZ"] = usual;
});

/** The three forms of one second that RFC 9110 has. */
const forms = (of: number): readonly string[] => {
  const [day, date, month, year, time] = new Date(of).toUTCString().split(" ");
  return [
    `${day} ${date} ${month} ${year} ${time} GMT`,
    `Tuesday, ${date}-${month}-${year?.slice(2)} ${time} GMT`,
    `${day?.slice(0, 3)} ${month} ${date?.replace(/^0/, " ")} ${time} ${year}`,
  ];
};
const version = (etag: string, lastModified: number) => ({ etag, lastModified }) as ObjectVersion;

const tag = fc.constantFrom("aa", "bb-2");
const listed = fc.array(
  fc
    .tuple(fc.constantFrom("", "W/"), tag, fc.constantFrom("", " ", "\t"))
    .map(([weak, one, blank]) => `${blank}${weak}"${one}"${blank}`),
  { minLength: 1, maxLength: 3 },
);
const match = fc.option(fc.oneof(listed.map(String), fc.constant("*")), { nil: undefined });
/** Seconds later than the object was modified. */
const date = fc.option(fc.record({ later: fc.integer({ min: -1, max: 1 }), form: fc.nat(2) }), { nil: undefined });

test("conditions of a read are those of RFC 9110, with dates in each of its forms, wherever the gateway is", () => {
  fc.assert(
    fc.property(match, match, date, date, tag, fc.nat(999), (ifMatch, ifNoneMatch, since, until, etag, ms) => {
      const timeOf = (at: typeof since) => (at === undefined ? undefined : forms(second + at.later * 1000)[at.form]);
      const sent = {
        "if-match": ifMatch,
        "if-none-match": ifNoneMatch,
        "if-modified-since": timeOf(since),
        "if-unmodified-since": timeOf(until),
      };
      const headers = new Map(
        Object.entries(sent).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      );
      const names = (list: string) => list === "*" || list.includes(`"${etag}"`);
      const isAsWas = ifMatch === undefined ? until === undefined || until.later >= 0 : names(ifMatch);
      const isNew = ifNoneMatch === undefined ? since === undefined || since.later < 0 : !names(ifNoneMatch);
      const expected = isAsWas ? (isNew ? "proceed" : "not-modified") : "failed";
      expect(checkConditions(readConditions(headers), version(etag, second + ms))).toBe(expected);
    }),
    { numRuns },
  );
});

test.each(forms(second))("a range stays where the object is of %s", (text) => {
  expect(keepsRange(text, version("aa", second + 1))).toBe(true);
  expect(keepsRange(text, version("aa", second + 1000))).toBe(false);
});

test.each(["0", "-1", "3000", "yesterday 5", "2026-11-03", ""])("%j is no date, so it is no condition", (text) => {
  const headers = new Map([
    ["if-modified-since", text],
    ["if-unmodified-since", text],
  ]);
  expect(checkConditions(readConditions(headers), version("aa", second))).toBe("proceed");
});

test.each(["2026-11-03T03:04:05Z", "Tue, 03 Nov 2026 03:04:05 +0000"])("%s says its zone, so it is read", (text) => {
  expect(checkConditions(readConditions(new Map([["if-modified-since", text]])), version("aa", second))).toBe(
    "not-modified",
  );
});
