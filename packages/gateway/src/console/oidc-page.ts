import { escapeHtml } from "../http/escape-html.ts";
import type { Rendered } from "../http/send.ts";
import type { SignInProvider } from "../ports/oidc-sign-in.ts";
import { alert, type Complaint, field, hidden, page } from "./html-page.ts";

export interface ProviderForm {
  /** An id or an alias, as it was given. */
  readonly account: string;
  /** Of this account. */
  readonly providers: readonly SignInProvider[];
  /** The one that was named; empty: none was. */
  readonly provider: string;
  readonly role: string;
  readonly next: string;
}

const plainText = 'autocapitalize="none" spellcheck="false"';

/** Asks for the account first, and then for one of its providers and the role; a link may have said all of it. */
export function providerPage(form: ProviderForm, complaint?: Complaint): Rendered {
  const fields = form.providers.length === 0 ? accountFields(form) : roleFields(form);
  const body = `${alert(complaint)}${fields}<p class="soft"><a href="/signin">Sign in with a password</a></p>`;
  return page({ title: "Sign in", body, status: complaint?.status ?? 200 }, complaint?.headers);
}

function accountFields({ account, role, next }: ProviderForm): string {
  const attributes = `${plainText} autocomplete="organization" value="${escapeHtml(account)}" autofocus`;
  // A field without a value is not sent, and it is this one that leads to this page.
  const provider = '<input type="hidden" name="provider" value="">';
  return `<form method="get" action="/signin">${provider}${hidden("role", role)}${hidden("next", next)}${field("account", "Account ID or alias", attributes)}<button>Go on</button></form>`;
}

function roleFields({ account, providers, provider, role, next }: ProviderForm): string {
  const focus = role === "" ? " autofocus" : "";
  const asked = field("role", "Role", `${plainText} autocomplete="off" value="${escapeHtml(role)}"${focus}`);
  return `<p>Account ${escapeHtml(account)}</p><form method="post" action="/session/oidc">${hidden("account", account)}${hidden("next", next)}${choice(providers, provider)}${asked}<button${role === "" ? "" : " autofocus"}>Go on</button></form>`;
}

function choice(providers: readonly SignInProvider[], chosen: string): string {
  const [only, ...more] = providers;
  if (only !== undefined && more.length === 0)
    return `<p>You sign in with ${escapeHtml(only.title)}.</p>${hidden("provider", only.name)}`;
  const options = providers.map(
    ({ name, title }) =>
      `<option value="${escapeHtml(name)}"${name === chosen ? " selected" : ""}>${escapeHtml(title)}</option>`,
  );
  return `<label for="provider">Identity provider</label><select id="provider" name="provider">${options.join("")}</select>`;
}

/** The browser goes on by itself, without script. Not by a redirect: a form of the console leads to its origin alone (`form-action`). */
export function goOnPage(url: string, headers: Rendered["headers"]): Rendered {
  const body = `<p><a href="${escapeHtml(url)}">Go on to ${escapeHtml(new URL(url).host)}</a></p>`;
  return page({ title: "Sign in", body }, { refresh: `0;url=${url}`, "referrer-policy": "no-referrer", ...headers });
}

export function failedSignInPage(
  { account, provider, role, next }: Omit<ProviderForm, "providers">,
  complaint: Complaint,
): Rendered {
  const query = new URLSearchParams({ provider, account, role, next });
  const body = `${alert(complaint)}<p><a href="/signin?${escapeHtml(query.toString())}">Start again</a></p>`;
  return page({ title: "Sign in", body, status: complaint.status }, complaint.headers);
}
