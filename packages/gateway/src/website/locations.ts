import type { RoutingRule, SiteRedirect, WebsiteConfiguration } from "../operations/s3/website-configuration.ts";
import type { Visit } from "./visit.ts";

/**
 * The address of a key. INVARIANT: without `host` it stays on the site that was asked, whatever the key is: `//elsewhere`, which browsers
 * take for another host, is never written, nor a part `..`, which could lead to the site beside it, and every sign that is more than a
 * part of a name is escaped.
 */
export function locationOf(
  visit: Visit,
  key: string,
  to: { readonly scheme?: string | undefined; readonly host?: string | undefined } = {},
  ownScheme = "http",
): string {
  const escaped = key.split("/").map(encodeURIComponent).join("/").replace(/^\//, "%2F");
  const query = visit.query === "" ? "" : `?${visit.query}`;
  if (to.host !== undefined) return `${to.scheme ?? ownScheme}://${to.host}/${escaped}${query}`;
  const path = `${visit.root}${withoutDotParts(escaped)}${query}`;
  return to.scheme === undefined ? path : `${to.scheme}://${visit.host}${path}`;
}

/**
 * Browsers leave out the parts `.` and `..` of a path, and the part before `..`, whether or not the dots are escaped; with an escaped slash
 * beside them they are a part of a longer name (https://url.spec.whatwg.org/#double-dot-path-segment). A key that is nothing else has no
 * address: it gets that of the site.
 */
function withoutDotParts(path: string): string {
  if (path === "." || path === "..") return "";
  return path.replace(
    /(^|\/)(\.\.?)(?:\/|$)/g,
    (part, before: string, dots: string) => `${before && "%2F"}${dots}${part.endsWith("/") ? "%2F" : ""}`,
  );
}

type Rules = Extract<WebsiteConfiguration, { kind: "site" }>["rules"];

/** The first rule for this key: for answers of a status, or, when that is undefined, for all requests. */
export function ruleFor(rules: Rules, key: string, status: number | undefined): RoutingRule | undefined {
  return rules.find(
    ({ prefix, errorStatus }) => errorStatus === status && (prefix === undefined || key.startsWith(prefix)),
  );
}

/** Where a rule sends who asks for the key. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Redirect.html */
export function ruleLocation(visit: Visit, { prefix = "", redirect }: RoutingRule, ownScheme: string): string {
  return locationOf(visit, redirectedKey(visit.key, prefix, redirect), redirect, ownScheme);
}

function redirectedKey(asked: string, prefix: string, { key, keyPrefix }: SiteRedirect): string {
  if (key !== undefined) return key;
  return keyPrefix === undefined ? asked : keyPrefix + asked.slice(prefix.length);
}

/**
 * Where an object sends its reader (`x-amz-website-redirect-location`): a path of the site, or a URL. INVARIANT: what begins with a slash
 * stays on the site, because policies tell the two apart by that; browsers take `//elsewhere` and `/\elsewhere` for another host, and `..`
 * could lead to the site beside it, so it is followed here.
 */
export function objectLocation({ root }: Visit, given: string): string {
  // Kept as the bytes that came in a header; a URL has signs of ASCII alone.
  const escaped = given.replace(/[^\x21-\x7e]/gu, (sign) =>
    Buffer.from(sign, sign <= "\xff" ? "latin1" : "utf8")
      .toString("hex")
      .toUpperCase()
      .replace(/../g, "%$&"),
  );
  if (!escaped.startsWith("/")) return escaped;
  const noHost = `/${escaped.slice(1).replaceAll("\\", "%5C").replace(/^\//, "%2F")}`;
  const { pathname, search, hash } = new URL(noHost, "http://site");
  return root + pathname.slice(1).replace(/^\//, "%2F") + search + hash;
}
