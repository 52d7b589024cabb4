import { escapeHtml } from "../http/escape-html.ts";
import type { Rendered } from "../http/send.ts";
import { type MadeAsset, madeAsset } from "./assets.ts";
import { htmlReply } from "./console-reply.ts";

export const signInStyle: MadeAsset = madeAsset(
  "sign-in",
  ".css",
  `:root{color-scheme:light dark;--text:#16191f;--page:#f4f5f7;--box:#fff;--line:#8c95a3;--act:#0b5cad;--bad:#b3261e;--soft:#5a6472}
@media(prefers-color-scheme:dark){:root{--text:#e8eaed;--page:#101418;--box:#1a2028;--line:#6b7686;--act:#7db8f7;--bad:#ff8a80;--soft:#a9b3c1}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{width:100%;max-width:24rem;padding:2rem;background:var(--box);border:1px solid var(--line);border-radius:12px}
h1{margin:0 0 1rem;font-size:1.4rem}label{display:block;margin-top:1rem;font-weight:600}
input,select{display:block;width:100%;margin-top:.25rem;padding:.6rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:8px}
button{width:100%;margin-top:1.5rem;padding:.7rem;font:inherit;font-weight:600;color:var(--box);background:var(--act);border:0;border-radius:8px;cursor:pointer}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}a{color:var(--act)}
p{margin:1rem 0 0}.bad{color:var(--bad);font-weight:600}.soft{color:var(--soft);font-size:.875rem}.root{border-top:6px solid var(--bad)}li{margin-top:.25rem}
fieldset{margin:1rem 0 0;padding:0;border:0}legend{font-weight:600}.choice{font-weight:400;margin-top:.5rem;overflow-wrap:anywhere}.choice input{display:inline;width:auto;margin:0 .5rem 0 0}
`,
);

interface Page {
  readonly title: string;
  readonly body: string;
  readonly status?: number;
  readonly className?: string;
}

/** A page without script. `headers`: cookies, and when to try again. */
export function page({ title, body, status = 200, className }: Page, headers: Rendered["headers"] = {}): Rendered {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title} · s3-credentials</title><link rel="stylesheet" href="${signInStyle.path}"></head><body><main${className === undefined ? "" : ` class="${className}"`}><h1>${title}</h1>${body}</main></body></html>`;
  // A browser sends `Origin: null` with a form of a page that sends no referrer at all.
  return htmlReply(status, html, { "referrer-policy": "same-origin", ...headers });
}

export interface Complaint {
  readonly status: number;
  readonly message: string;
  readonly headers?: Rendered["headers"];
}

export function alert(complaint: Complaint | undefined): string {
  return complaint === undefined ? "" : `<p class="bad" role="alert">${escapeHtml(complaint.message)}</p>`;
}

export function field(id: string, label: string, attributes: string): string {
  return `<label for="${id}">${label}</label><input id="${id}" name="${id}" required ${attributes}>`;
}

export function hidden(name: string, value: string): string {
  return value === "" ? "" : `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
}
