import { STATUS_CODES } from "node:http";
import { describeError } from "@s3-credentials/protocol";
import { escapeHtml } from "../http/escape-html.ts";
import { render, type RenderInput } from "../http/render.ts";
import type { Rendered } from "../http/send.ts";
import type { Refusal, Reply } from "../operations/operation.ts";
import type { Answer } from "../pipeline/answer.ts";

/** For programs that read no HTML. https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html */
export const errorCodeHeader = "x-amz-error-code";

export function statusOf({ code }: Refusal): number {
  return describeError("s3", code).status;
}

/** The answers of a website: those of S3, with a page for people where S3 has an error in XML. */
export function renderForPeople(outcome: Answer["outcome"], input: RenderInput): Rendered {
  return render(outcome.kind === "refusal" ? errorPage(outcome, input.requestId) : outcome, input);
}

/** INVARIANT: what a visitor sent is in the page as text alone, and no script, style or picture works in it. */
function errorPage(refusal: Refusal, requestId: string): Reply {
  const { status, code, message } = describeError("s3", refusal.code, refusal.message);
  const title = `${status} ${STATUS_CODES[status] ?? "Error"}`;
  const facts = { Code: code, Message: message, ...refusal.details, RequestId: requestId };
  const items = Object.entries(facts).map(([name, value]) => `<li>${escapeHtml(name)}: ${escapeHtml(value)}</li>`);
  const text = `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>\n<body><h1>${title}</h1><ul>${items.join("")}</ul></body></html>\n`;
  return {
    kind: "reply",
    status,
    headers: {
      ...refusal.headers,
      [errorCodeHeader]: code,
      "content-security-policy": "default-src 'none'",
      "x-content-type-options": "nosniff",
    },
    body: { kind: "text", text, type: "text/html; charset=utf-8" },
  };
}
