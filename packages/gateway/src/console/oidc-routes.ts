import type { Rendered } from "../http/send.ts";
import type { SignInProvider } from "../ports/oidc-sign-in.ts";
import type { Failure } from "./console-reply.ts";
import type { ConsoleRequest } from "./console-request.ts";
import { noStartedCookie, rememberedAccount } from "./cookies.ts";
import { chooseRolePage, failedSignInPage, goOnPage, type ProviderForm, providerPage } from "./oidc-page.ts";
import { beginSignIn, chooseRole, failed, finishSignIn, type OidcParts } from "./oidc-sign-in.ts";
import { type Fields, formValues } from "./read-body.ts";
import { accountOf } from "./sign-in.ts";
import { linkPage } from "./sign-in-page.ts";
import { isRoleName } from "./taken-role.ts";

/** Longer addresses are not gone back to: they have to fit into a cookie. */
const maxNext = 1024;

async function formOf(
  parts: OidcParts,
  values: ReadonlyMap<string, string>,
  { account, next }: { readonly account: string; readonly next: string },
): Promise<ProviderForm> {
  const id = account === "" ? undefined : await accountOf(parts, account);
  return {
    account,
    providers: parts.oidc.providers.filter(({ accountId }) => accountId === id),
    provider: values.get("provider") ?? "",
    role: (values.get("role") ?? "").trim().replace(/^\//, ""),
    next: next.length <= maxNext ? next : "/",
  };
}

const noProviders: Failure = failed("The console has no identity provider for this account.", 404);

/** `GET /signin?provider=…&account=…&role=…`. `next`: a path of the console. */
export async function providerForm(
  parts: OidcParts,
  request: ConsoleRequest,
  query: ReadonlyMap<string, string>,
  next: string,
): Promise<Rendered> {
  const account = query.get("account") ?? rememberedAccount(request) ?? "";
  const form = await formOf(parts, query, { account, next });
  return providerPage(form, account !== "" && form.providers.length === 0 ? noProviders : undefined);
}

/** `POST /session/oidc`, from the console's own page. */
export async function beginStep(
  parts: OidcParts,
  request: ConsoleRequest,
  { values }: Fields,
  { account, next }: { readonly account: string; readonly next: string },
): Promise<Rendered> {
  const form = await formOf(parts, values, { account, next });
  const provider = form.providers.find(({ name }) => name === form.provider);
  const begun = await begin(parts, request, provider, form);
  if ("status" in begun) return providerPage(form, begun);
  return goOnPage(begun.url, { "set-cookie": begun.cookie });
}

async function begin(
  parts: OidcParts,
  request: ConsoleRequest,
  provider: SignInProvider | undefined,
  { role, next, providers }: ProviderForm,
): Promise<{ readonly url: string; readonly cookie: string } | Failure> {
  if (provider === undefined)
    return providers.length === 0 ? noProviders : failed("The console has no such identity provider.", 404);
  if (role !== "" && !isRoleName(role))
    return failed("This is not the name of a role, with its path if it has one.", 400);
  return beginSignIn(parts, request, provider, { role, next });
}

const callback = "/signin/callback/";

/** `GET /signin/callback/NAME`: the browser comes back from the provider. Undefined: the address is no such one. */
export async function callbackPage(parts: OidcParts, request: ConsoleRequest): Promise<Rendered | undefined> {
  if (request.method !== "GET" || !request.path.startsWith(callback)) return undefined;
  const name = request.path.slice(callback.length);
  const provider = parts.oidc.providers.find((one) => one.name === name);
  if (provider === undefined) return undefined;
  const answer = formValues(request.query);
  const finished =
    answer === undefined
      ? failed("The answer of the identity provider has a parameter twice.", 400)
      : await finishSignIn(parts, request, provider, answer);
  if ("status" in finished) {
    const form = { account: provider.accountId, provider: name, role: "", next: "/" };
    return failedSignInPage(form, finished);
  }
  if ("roles" in finished) return chooseRolePage(provider, finished);
  return linkPage({ ...finished, isRoot: false }, { "set-cookie": noStartedCookie(request) });
}

/** `POST /session/oidc/role`, from the page of the roles. */
export async function roleStep(parts: OidcParts, request: ConsoleRequest, { values }: Fields): Promise<Rendered> {
  const text = (name: string): string => values.get(name) ?? "";
  const form = { account: "", provider: text("provider"), role: "", next: "/" };
  const provider = parts.oidc.providers.find(({ name }) => name === form.provider);
  if (provider === undefined) return failedSignInPage(form, failed("The console has no such identity provider.", 404));
  const role = text("role");
  const chosen = isRoleName(role)
    ? await chooseRole(parts, request, provider, { state: text("state"), sealed: text("choice"), role })
    : failed("Choose a role.", 400);
  if ("status" in chosen) return failedSignInPage({ ...form, account: provider.accountId }, chosen);
  return linkPage({ ...chosen, isRoot: false }, { "set-cookie": noStartedCookie(request) });
}
