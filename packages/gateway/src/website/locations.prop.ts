import fc from "fast-check";
import { expect, test } from "vitest";
import { locationOf, objectLocation, ruleLocation } from "./locations.ts";
import { siteOf, type Visit } from "./visit.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 500);

const host = "a-site.sites.test";
/** Keys with what means something in a URL more often than letters. */
const keys = fc
  .array(
    fc.oneof(
      fc.constantFrom("/", "\\", ".", "..", "?", "#", "%", "@", ":", "\r\n", "evil.test"),
      fc.string({ unit: "binary" }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join("").replaceAll("\0", ""));
const visits = fc.record({
  host: fc.constant(host),
  root: fc.constantFrom("/", "/a-site/"),
  key: keys,
  query: fc.constantFrom("", "a=b", "x=//evil.test/&y"),
}) satisfies fc.Arbitrary<Visit>;

/** Where a browser goes that is on this site. */
const followed = (location: string): URL => new URL(location, `http://${host}/a/b`);

test("a redirect without a host of the configuration stays on the host, whatever is asked for", () => {
  fc.assert(
    fc.property(visits, keys, fc.constantFrom(undefined, "http", "https"), (visit, key, scheme) => {
      for (const location of [
        locationOf(visit, key),
        ruleLocation(
          visit,
          { prefix: "", errorStatus: undefined, redirect: { scheme: undefined, host: undefined, status: 301, key: undefined, keyPrefix: key } }, // prettier-ignore
          "http",
        ),
        locationOf(visit, key, { scheme }),
      ]) {
        expect(location).toMatch(/^[\x21-\x7e]+$/);
        expect(followed(location).host).toBe(host);
      }
    }),
    { numRuns },
  );
});

test("a redirect to another host goes there and nowhere else", () => {
  fc.assert(
    fc.property(visits, (visit) => {
      const location = locationOf(visit, visit.key, { host: "other.test:8443", scheme: "https" });
      expect(followed(location).host).toBe("other.test:8443");
      expect(location).toMatch(/^[\x21-\x7e]+$/);
    }),
    { numRuns },
  );
});

test("the address of a key is one by which the key is found", () => {
  fc.assert(
    fc.property(visits, (visit) => {
      const [path = ""] = locationOf({ ...visit, root: "/" }, visit.key).split("?");
      const found = siteOf({ domains: ["sites.test"], paths: false }, host, path);
      if (Buffer.byteLength(visit.key) <= 1024) expect(found).toMatchObject({ bucket: "a-site", key: visit.key });
    }),
    { numRuns },
  );
});

test("what an object says is a header's value", () => {
  fc.assert(
    fc.property(visits, fc.string({ unit: "binary" }), (visit, text) => {
      expect(objectLocation(visit, `/${text}`)).toMatch(/^\/[\x21-\x7e]*$/);
    }),
    { numRuns },
  );
});
