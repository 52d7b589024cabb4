import { passwordRules } from "../domain/identity/password-policy.ts";
import type { Rendered } from "../http/send.ts";
import { emptyReply, type Failure, failureReply, jsonReply } from "./console-reply.ts";
import type { ConsoleRequest } from "./console-request.ts";
import { accountCookie, rememberedAccount, sessionCookie } from "./cookies.ts";
import { beginStep, callbackPage, providerForm, roleStep } from "./oidc-routes.ts";
import { federationParameters, getSigninToken, linkOf } from "./one-time-links.ts";
import { type Fields, formValues, readFields } from "./read-body.ts";
import type { SessionParts } from "./session-routes.ts";
import { sessionOf } from "./sessions.ts";
import { giveCode, setNewPassword, signIn, type Step, useLink } from "./sign-in.ts";
import { deadLinkPage, linkPage, mfaPage, newPasswordPage, rootPage, signInPage } from "./sign-in-page.ts";

async function rulesOf({ ports }: SessionParts, accountId: string): Promise<readonly string[]> {
  return passwordRules(await ports.identity.findPasswordPolicy(accountId));
}

/** A path of the page to go to afterwards; never another host. */
function localPath(text: string | undefined): string {
  return text !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes("\\") ? text : "/";
}

function queryOf({ query }: ConsoleRequest): ReadonlyMap<string, string> {
  return formValues(query) ?? new Map();
}

/** The pages of a sign-in. Undefined: it is none of them. */
export async function signInPages(parts: SessionParts, request: ConsoleRequest): Promise<Rendered | undefined> {
  const query = queryOf(request);
  switch (request.path) {
    case "/signin": {
      const isOffered = query.has("provider") && parts.oidc.providers.length > 0;
      if (isOffered) return providerForm(parts, request, query, localPath(query.get("next")));
      const account = query.get("account") ?? rememberedAccount(request) ?? "";
      const user = query.get("user") ?? "";
      return signInPage({ account, user, next: localPath(query.get("next")), ...pageParts(parts) });
    }
    case "/signin/root":
      return rootPage();
    case "/signin/link":
      return linkForm(parts, query.get("token") ?? "", "/");
    default:
      return callbackPage(parts, request);
  }
}

function pageParts({ insecure, oidc }: SessionParts): { readonly insecure: boolean; readonly federated: boolean } {
  return { insecure, federated: oidc.providers.length > 0 };
}

async function linkForm(parts: SessionParts, token: string, next: string): Promise<Rendered> {
  const link = await linkOf(parts, token);
  if (link === undefined) return deadLinkPage();
  const { name, accountId: account, kind } = link.record;
  return linkPage({ token, next, name, account, isRoot: kind === "root" });
}

/** What is sent to sign in. Undefined: it is none of that. The `Origin` was checked before. */
export async function signInSteps(parts: SessionParts, request: ConsoleRequest): Promise<Rendered | undefined> {
  const steps: Readonly<Record<string, typeof passwordStep>> = {
    "/session": passwordStep,
    "/session/mfa": codeStep,
    "/session/password": newPasswordStep,
    "/session/link": linkStep,
    "/session/oidc": providerStep,
    "/session/oidc/role": roleStep,
  };
  const step = Object.hasOwn(steps, request.path) ? steps[request.path] : undefined;
  if (step === undefined) return undefined;
  const fields = await readFields(request);
  return "status" in fields ? failureReply(fields, request.requestId) : step(parts, request, fields);
}

type Context = readonly [parts: SessionParts, request: ConsoleRequest, fields: Fields];

async function passwordStep(...context: Context): Promise<Rendered> {
  const [parts, request, { json, values }] = context;
  const text = (name: string): string => values.get(name) ?? "";
  const account = accountIn(values);
  const user = text("user").trim();
  const step = await signIn(parts, request, { account, user, password: text("password") });
  const next = localPath(values.get("next"));
  if (!("status" in step)) return stepReply(context, step);
  if (json) return failureReply(step, request.requestId);
  return signInPage({ account, user, next, ...pageParts(parts) }, step);
}

/** An id may be written as AWS's console shows it, `1234-5678-9012`. */
function accountIn(values: ReadonlyMap<string, string>): string {
  const given = (values.get("account") ?? "").trim().toLowerCase();
  return /^\d{4}-\d{4}-\d{4}$/.test(given) ? given.replaceAll("-", "") : given;
}

async function providerStep(...[parts, request, fields]: Context): Promise<Rendered> {
  const { values } = fields;
  return beginStep(parts, request, fields, { account: accountIn(values), next: localPath(values.get("next")) });
}

async function codeStep(...context: Context): Promise<Rendered> {
  const [parts, request, { json, values }] = context;
  const session = await sessionOf(parts.ports, request, "mfa");
  if (session === undefined) return startAgain(context);
  const step = await giveCode(parts, request, session, (values.get("code") ?? "").replaceAll(" ", ""));
  if (!("status" in step)) return stepReply(context, step);
  return json ? failureReply(step, request.requestId) : mfaPage(localPath(values.get("next")), step);
}

async function newPasswordStep(...context: Context): Promise<Rendered> {
  const [parts, request, { json, values }] = context;
  const session = await sessionOf(parts.ports, request, "new-password");
  if (session === undefined) return startAgain(context);
  const text = (name: string): string => values.get(name) ?? "";
  const form = {
    user: session.record.name,
    next: localPath(values.get("next")),
    rules: await rulesOf(parts, session.record.accountId),
  };
  const complain = (failure: Failure): Rendered =>
    json ? failureReply(failure, request.requestId) : newPasswordPage(form, failure);
  if (!json && text("password") !== text("repeated"))
    return complain({ status: 400, code: "PasswordsDiffer", message: "The two new passwords are not the same." });
  const step = await setNewPassword(parts, request, session, { current: text("current"), password: text("password") });
  if ("refused" in step) return complain({ status: 400, code: step.code, message: step.refused });
  return "status" in step ? complain(step) : stepReply(context, step);
}

async function linkStep(...context: Context): Promise<Rendered> {
  const [parts, request, { json, values }] = context;
  const link = await linkOf(parts, values.get("token") ?? "");
  const step = link === undefined ? undefined : await useLink(parts, request, link);
  if (step !== undefined && !("status" in step)) return stepReply(context, step);
  return json ? startAgain(context) : deadLinkPage();
}

function startAgain([, request, { json }]: Context): Rendered {
  const failure: Failure = { status: 401, code: "NotSignedIn", message: "Please start again." };
  return json ? failureReply(failure, request.requestId) : emptyReply(303, { location: "/signin" });
}

/** The next page of a form, or its name for the page's own dialog, with the cookie. */
async function stepReply([parts, request, { json, values }]: Context, step: Step): Promise<Rendered> {
  const { next, id, account, accountId } = step;
  const remembered = account !== undefined && /^[a-z\d-]{3,63}$/.test(account) ? account : undefined;
  const cookies = [
    sessionCookie(request, id),
    ...(remembered === undefined ? [] : [accountCookie(request, remembered)]),
  ];
  const headers = { "set-cookie": cookies };
  if (json) return jsonReply(200, { next }, headers);
  const path = localPath(values.get("next"));
  switch (next) {
    case "console":
      return emptyReply(303, { location: path, ...headers });
    case "mfa":
      return mfaPage(path, undefined, headers);
    case "new-password":
      return newPasswordPage(
        { user: step.user, next: path, rules: await rulesOf(parts, accountId) },
        undefined,
        headers,
      );
  }
}

/** AWS's federation endpoint. A browser that comes with a token sees whose session it is, and begins it with a button. */
export async function federation(parts: SessionParts, request: ConsoleRequest): Promise<Rendered> {
  const parameters = await federationParameters(request);
  if ("status" in parameters) return failureReply(parameters, request.requestId);
  if (parameters.get("Action") === "login") {
    const destination = parameters.get("Destination") ?? "/";
    const path = destination.startsWith(`${request.origin}/`) ? destination.slice(request.origin.length) : destination;
    return linkForm(parts, parameters.get("SigninToken") ?? "", localPath(path));
  }
  const token = await getSigninToken(parts, request, parameters);
  return "code" in token ? failureReply(token, request.requestId) : token;
}
