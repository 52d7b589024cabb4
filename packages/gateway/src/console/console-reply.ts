import type { Rendered } from "../http/send.ts";

/** What every answer of the console has. Cloudscape and CodeMirror work under this policy without a concession. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const securityHeaders = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
} as const;

/** The headers of security around those of an answer. Nothing is kept by a browser or proxy that does not say so itself. */
export function secured(rendered: Rendered): Rendered {
  return { ...rendered, headers: { "cache-control": "no-store", ...securityHeaders, ...rendered.headers } };
}

type Headers = Rendered["headers"];

export function jsonReply(status: number, value: unknown, headers: Headers = {}): Rendered {
  return textReply(status, JSON.stringify(value), "application/json", headers);
}

export function htmlReply(status: number, html: string, headers: Headers = {}): Rendered {
  return textReply(status, html, "text/html; charset=utf-8", headers);
}

export function textReply(status: number, text: string, type: string, headers: Headers = {}): Rendered {
  const body = Buffer.from(text, "utf8");
  return { status, headers: { "content-type": type, "content-length": String(body.length), ...headers }, body };
}

export function emptyReply(status: number, headers: Headers = {}): Rendered {
  return { status, headers: status === 204 ? headers : { "content-length": "0", ...headers }, body: undefined };
}

/** What every error of the console looks like. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Headers;
}

export function failureReply({ status, code, message, headers }: Failure, requestId: string): Rendered {
  return jsonReply(status, { requestId, error: { code, message } }, headers);
}
