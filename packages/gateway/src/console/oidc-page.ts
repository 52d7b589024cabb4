import { escapeHtml } from "../http/escape-html.ts";
import type { Rendered } from "../http/send.ts";
import type { SignInProvider } from "../ports/oidc-sign-in.ts";
import { alert, type Complaint, field, hidden, page } from "./html-page.ts";
import type { RoleChoice } from "./oidc-sign-in.ts";

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
  const value = `value="${escapeHtml(role)}"`;
  const asked = `<label for="role">Role</label><input id="role" name="role" ${plainText} autocomplete="off" ${value}><p class="soft">Leave it empty to choose among those that let you in.</p>`;
  return `<p>Account ${escapeHtml(account)}</p><form method="post" action="/session/oidc">${hidden("account", account)}${hidden("next", next)}${choice(providers, provider)}${asked}<button autofocus>Go on</button></form>`;
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

/** As the page of SAML sign-ins at AWS: the token is in the form, here sealed. The role that is chosen is confirmed by the page of a link. */
export function chooseRolePage(
  { name, title, accountId }: SignInProvider,
  { roles, state, sealed, subject, cookie }: RoleChoice,
): Rendered {
  const options = roles.map((role, at) => {
    const text = escapeHtml(role);
    return `<label class="choice"><input type="radio" name="role" value="${text}" required${at === 0 ? " autofocus" : ""}> ${text}</label>`;
  });
  const body = `<p>${escapeHtml(title)} knows you as <strong>${escapeHtml(subject)}</strong>. These roles of account ${escapeHtml(accountId)} let you in.</p><form method="post" action="/session/oidc/role">${hidden("provider", name)}${hidden("state", state)}${hidden("choice", sealed)}<fieldset><legend>Role</legend>${options.join("")}</fieldset><button>Go on</button></form>`;
  return page({ title: "Choose a role", body }, { "set-cookie": cookie });
}

export function failedSignInPage(
  { account, provider, role, next }: Omit<ProviderForm, "providers">,
  complaint: Complaint,
): Rendered {
  const query = new URLSearchParams({ provider, account, role, next });
  const body = `${alert(complaint)}<p><a href="/signin?${escapeHtml(query.toString())}">Start again</a></p>`;
  return page({ title: "Sign in", body, status: complaint.status }, complaint.headers);
}
