import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { ConsoleRequest } from "./console-request.ts";

/** A new session id: 43 characters that nobody can guess. */
export function newSessionId(): string {
  return randomBytes(32).toString("base64url");
}

/** The store has this in place of the id. */
export function hashOfId(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}

/**
 * What the page sends in `X-CSRF`: another site cannot read it, and nobody can make it without the id. It is of the role too, so that a page
 * whose role has expired meanwhile does nothing as the user.
 */
export function csrfToken(id: string, role: string | undefined): string {
  return createHmac("sha256", id)
    .update(`csrf ${role ?? ""}`)
    .digest("base64url");
}

export function isCsrfToken(id: string, role: string | undefined, given: string): boolean {
  const [expected, sent] = [Buffer.from(csrfToken(id, role)), Buffer.from(given)];
  return expected.length === sent.length && timingSafeEqual(expected, sent);
}

/** The session; the account of the last sign-in; a sign-in by an identity provider that has begun. */
type CookieName = "s3c" | "s3c-account" | "s3c-oidc";

/** Browsers do not keep the cookies of ports apart, so the port is in the name. */
function nameOf(what: CookieName, { origin, client }: ConsoleRequest): string {
  const { port, protocol } = new URL(origin);
  const number = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  // With this prefix, browsers take the cookie from a secure connection to this host alone, and no other host can set it.
  return `${client.secure ? "__Host-" : ""}${what}-${number}`;
}

/** The session id that the browser sent; undefined when there is none, or more than one. */
export function sentSessionId(request: ConsoleRequest): string | undefined {
  const value = cookieOf(request, "s3c");
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}

/** The account that the last sign-in of this browser was to. */
export function rememberedAccount(request: ConsoleRequest): string | undefined {
  const value = cookieOf(request, "s3c-account");
  return value !== undefined && /^[a-z\d-]{3,63}$/.test(value) ? value : undefined;
}

function cookieOf(request: ConsoleRequest, what: CookieName): string | undefined {
  const found = cookiesOf(request, what);
  return found.length === 1 ? found[0] : undefined;
}

function cookiesOf(request: ConsoleRequest, what: CookieName): readonly string[] {
  const start = `${nameOf(what, request)}=`;
  const sent = (request.headers.cookie ?? "").split(/; */);
  return sent.filter((one) => one.startsWith(start)).map((one) => one.slice(start.length));
}

/**
 * Without TLS, a page of another port of this host, such as one that is stored as an object, can set a second cookie of this name for a path
 * of the console. Neither of the two is taken then; this deletes those for paths, so that the console's own is alone again.
 */
export function deleteSecondCookies(request: ConsoleRequest): readonly string[] {
  if (cookiesOf(request, "s3c").length < 2) return [];
  const parts = request.path.split("/").slice(1, 9);
  const paths = parts.flatMap((_, at) => {
    const path = `/${parts.slice(0, at + 1).join("/")}`;
    return at + 1 < parts.length ? [path, `${path}/`] : [path];
  });
  const name = nameOf("s3c", request);
  return paths
    .filter((path) => /^[\w\-./%~]+$/.test(path) && path !== "/")
    .map((path) => `${name}=; Path=${path}; Max-Age=0`);
}

export function sessionCookie(request: ConsoleRequest, id: string): string {
  return cookie(request, "s3c", id, "");
}

export function noSessionCookie(request: ConsoleRequest): string {
  return cookie(request, "s3c", "", "; Max-Age=0");
}

export function accountCookie(request: ConsoleRequest, account: string): string {
  return cookie(request, "s3c-account", account, "; Max-Age=31536000");
}

/** A sign-in that has begun. `Lax`: the browser comes back from the provider, and would not send a `Strict` one then. */
export function startedCookie(request: ConsoleRequest, sealed: string, seconds: number): string {
  return cookie(request, "s3c-oidc", sealed, `; Max-Age=${seconds}`, "Lax");
}

export function noStartedCookie(request: ConsoleRequest): string {
  return cookie(request, "s3c-oidc", "", "; Max-Age=0", "Lax");
}

export function sentStarted(request: ConsoleRequest): string | undefined {
  const value = cookieOf(request, "s3c-oidc");
  return value !== undefined && /^[\w-]{1,3900}$/.test(value) ? value : undefined;
}

function cookie(
  request: ConsoleRequest,
  what: CookieName,
  value: string,
  life: string,
  sameSite: "Strict" | "Lax" = "Strict",
): string {
  const secure = request.client.secure ? "; Secure" : "";
  return `${nameOf(what, request)}=${value}; Path=/; HttpOnly; SameSite=${sameSite}${secure}${life}`;
}
