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
input{display:block;width:100%;margin-top:.25rem;padding:.6rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:8px}
button{width:100%;margin-top:1.5rem;padding:.7rem;font:inherit;font-weight:600;color:var(--box);background:var(--act);border:0;border-radius:8px;cursor:pointer}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}a{color:var(--act)}
p{margin:1rem 0 0}.bad{color:var(--bad);font-weight:600}.soft{color:var(--soft);font-size:.875rem}.root{border-top:6px solid var(--bad)}li{margin-top:.25rem}
`,
);

function escape(text: string): string {
  const signs: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (sign) => signs[sign] ?? sign);
}

interface Page {
  readonly title: string;
  readonly body: string;
  readonly status?: number;
  readonly className?: string;
}

/** A page without script. `headers`: cookies, and when to try again. */
function page({ title, body, status = 200, className }: Page, headers: Rendered["headers"] = {}): Rendered {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title} · s3-credentials</title><link rel="stylesheet" href="${signInStyle.path}"></head><body><main${className === undefined ? "" : ` class="${className}"`}><h1>${title}</h1>${body}</main></body></html>`;
  // A browser sends `Origin: null` with a form of a page that sends no referrer at all.
  return htmlReply(status, html, { "referrer-policy": "same-origin", ...headers });
}

export interface Complaint {
  readonly status: number;
  readonly message: string;
  readonly headers?: Rendered["headers"];
}

function alert(complaint: Complaint | undefined): string {
  return complaint === undefined ? "" : `<p class="bad" role="alert">${escape(complaint.message)}</p>`;
}

function field(id: string, label: string, attributes: string): string {
  return `<label for="${id}">${label}</label><input id="${id}" name="${id}" required ${attributes}>`;
}

function hidden(name: string, value: string): string {
  return value === "" ? "" : `<input type="hidden" name="${name}" value="${escape(value)}">`;
}

export interface SignInForm {
  readonly account: string;
  readonly user: string;
  readonly next: string;
  readonly insecure: boolean;
}

export function signInPage({ account, user, next, insecure }: SignInForm, complaint?: Complaint): Rendered {
  const first = account === "" ? "account" : user === "" ? "user" : "password";
  const focus = (name: string): string => (name === first ? " autofocus" : "");
  const names = 'autocapitalize="none" spellcheck="false"';
  const body = `${alert(complaint)}${
    insecure ? '<p class="bad">This connection is not encrypted: others on the network can read the password.</p>' : ""
  }<form method="post" action="/session">${hidden("next", next)}${field(
    "account",
    "Account ID or alias",
    `${names} autocomplete="organization" value="${escape(account)}"${focus("account")}`,
  )}${field("user", "User name", `${names} autocomplete="username" value="${escape(user)}"${focus("user")}`)}${field(
    "password",
    "Password",
    `type="password" autocomplete="current-password"${focus("password")}`,
  )}<button>Sign in</button></form><p class="soft">Administrator without a password, or root: run <code>s3-credentials console</code> where the keys are.</p>`;
  return page({ title: "Sign in", body, status: complaint?.status ?? 200 }, complaint?.headers);
}

export function mfaPage(next: string, complaint?: Complaint, headers: Rendered["headers"] = {}): Rendered {
  const code = 'inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" autofocus';
  const body = `${alert(complaint)}<form method="post" action="/session/mfa">${hidden("next", next)}${field("code", "Code of your MFA device", code)}<button>Sign in</button></form><p class="soft"><a href="/signin">Start again</a></p>`;
  return page(
    { title: "One more step", body, status: complaint?.status ?? 200 },
    { ...headers, ...complaint?.headers },
  );
}

export interface NewPasswordForm {
  readonly user: string;
  readonly next: string;
  /** What a password needs, in sentences. */
  readonly rules: readonly string[];
}

export function newPasswordPage(
  { user, next, rules }: NewPasswordForm,
  complaint?: Complaint,
  headers: Rendered["headers"] = {},
): Rendered {
  const list = rules.map((rule) => `<li>${escape(rule)}</li>`).join("");
  const body = `${alert(complaint)}<p>${escape(user)} has to choose a new password.</p><ul class="soft">${list}</ul><form method="post" action="/session/password">${hidden("next", next)}<input type="hidden" autocomplete="username" value="${escape(user)}">${field("current", "Current password", 'type="password" autocomplete="current-password" autofocus')}${field("password", "New password", 'type="password" autocomplete="new-password"')}${field("repeated", "New password, once more", 'type="password" autocomplete="new-password"')}<button>Change password</button></form>`;
  return page({ title: "New password", body, status: complaint?.status ?? 200 }, { ...headers, ...complaint?.headers });
}

export interface LinkForm {
  readonly token: string;
  readonly next: string;
  readonly name: string;
  readonly account: string;
  readonly isRoot: boolean;
}

/** A link is used by a button, so that nothing which only looks at links uses it up, and nobody is signed in unawares. */
export function linkPage({ token, next, name, account, isRoot }: LinkForm): Rendered {
  const warning = isRoot
    ? '<p class="bad">Root may do everything, and no policy limits it. The session ends after one hour.</p>'
    : "";
  const body = `<p>You will be <strong>${escape(name)}</strong> in account ${escape(account)}.</p>${warning}<form method="post" action="/session/link">${hidden("token", token)}${hidden("next", next)}<button autofocus>Continue</button></form>`;
  return page({ title: "Sign in", body, ...(isRoot ? { className: "root" } : {}) });
}

export function deadLinkPage(): Rendered {
  const body =
    '<p role="alert">This link was used, or is older than 15 minutes.</p><p>Make another with <code>s3-credentials console</code>, or <a href="/signin">sign in with a password</a>.</p>';
  return page({ title: "Sign in", body, status: 401 });
}

export function rootPage(): Rendered {
  const body =
    '<p>Root has no password. Where the root keys are, run</p><p><code>s3-credentials console --root</code></p><p>and open the link that it prints. The session ends after one hour.</p><p class="soft"><a href="/signin">Sign in as a user</a></p>';
  return page({ title: "Sign in as root", body, className: "root" });
}
