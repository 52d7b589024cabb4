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

test("a redirect without a host of the configuration stays on the site, whatever is asked for", () => {
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
        expect(followed(location).pathname.slice(0, visit.root.length)).toBe(visit.root);
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
      const { pathname: path } = followed(locationOf({ ...visit, root: "/" }, visit.key));
      const found = siteOf({ domains: ["sites.test"], paths: false }, host, path);
      const key = [".", ".."].includes(visit.key) ? "" : visit.key;
      if (Buffer.byteLength(key) <= 1024) expect(found).toMatchObject({ bucket: "a-site", key });
    }),
    { numRuns },
  );
});

test("what an object says is a header's value, and a path of the site", () => {
  fc.assert(
    fc.property(visits, fc.oneof(keys, fc.constantFrom("../%2e./x", "a/..//evil.test", "/../.")), (visit, text) => {
      const location = objectLocation(visit, `/${text}`);
      expect(location).toMatch(/^\/[\x21-\x7e]*$/);
      expect(followed(location).host).toBe(host);
      expect(followed(location).pathname.slice(0, visit.root.length)).toBe(visit.root);
    }),
    { numRuns },
  );
});
