import { escapeHtml } from "../http/escape-html.ts";
import type { Rendered } from "../http/send.ts";
import { alert, type Complaint, field, hidden, page } from "./html-page.ts";

export interface SignInForm {
  readonly account: string;
  readonly user: string;
  readonly next: string;
  readonly insecure: boolean;
  /** Some account has identity providers. */
  readonly federated: boolean;
}

export function signInPage({ account, user, next, insecure, federated }: SignInForm, complaint?: Complaint): Rendered {
  const first = account === "" ? "account" : user === "" ? "user" : "password";
  const focus = (name: string): string => (name === first ? " autofocus" : "");
  const names = 'autocapitalize="none" spellcheck="false"';
  const body = `${alert(complaint)}${
    insecure ? '<p class="bad">This connection is not encrypted: others on the network can read the password.</p>' : ""
  }<form method="post" action="/session">${hidden("next", next)}${field(
    "account",
    "Account ID or alias",
    `${names} autocomplete="organization" value="${escapeHtml(account)}"${focus("account")}`,
  )}${field("user", "User name", `${names} autocomplete="username" value="${escapeHtml(user)}"${focus("user")}`)}${field(
    "password",
    "Password",
    `type="password" autocomplete="current-password"${focus("password")}`,
  )}<button>Sign in</button></form>${
    federated
      ? `<p><a href="${escapeHtml(providerPath({ account, next }))}">Sign in with an identity provider</a></p>`
      : ""
  }<p class="soft">Administrator without a password, or root: run <code>s3-credentials console</code> where the keys are.</p>`;
  return page({ title: "Sign in", body, status: complaint?.status ?? 200 }, complaint?.headers);
}

/** Where a person chooses an identity provider. */
function providerPath({ account, next }: Pick<SignInForm, "account" | "next">): string {
  const query = { provider: "", ...(account === "" ? {} : { account }), ...(next === "/" ? {} : { next }) };
  return `/signin?${new URLSearchParams(query).toString()}`;
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
  const list = rules.map((rule) => `<li>${escapeHtml(rule)}</li>`).join("");
  const body = `${alert(complaint)}<p>${escapeHtml(user)} has to choose a new password.</p><ul class="soft">${list}</ul><form method="post" action="/session/password">${hidden("next", next)}<input type="hidden" autocomplete="username" value="${escapeHtml(user)}">${field("current", "Current password", 'type="password" autocomplete="current-password" autofocus')}${field("password", "New password", 'type="password" autocomplete="new-password"')}${field("repeated", "New password, once more", 'type="password" autocomplete="new-password"')}<button>Change password</button></form>`;
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
export function linkPage(
  { token, next, name, account, isRoot }: LinkForm,
  headers: Rendered["headers"] = {},
): Rendered {
  const warning = isRoot
    ? '<p class="bad">Root may do everything, and no policy limits it. The session ends after one hour.</p>'
    : "";
  const body = `<p>You will be <strong>${escapeHtml(name)}</strong> in account ${escapeHtml(account)}.</p>${warning}<form method="post" action="/session/link">${hidden("token", token)}${hidden("next", next)}<button autofocus>Continue</button></form>`;
  return page({ title: "Sign in", body, ...(isRoot ? { className: "root" } : {}) }, headers);
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
