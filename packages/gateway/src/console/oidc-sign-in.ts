/** Sign-in by an identity provider, to a role whose trust policy lets its token in. See docs/design/console.md. */
import { createHash } from "node:crypto";
import { oidcProviderArn } from "../domain/identity/oidc-rules.ts";
import type { NotSignedIn, OidcSignIn, SignInProvider } from "../ports/oidc-sign-in.ts";
import type { SealedTexts } from "../ports/sealed-texts.ts";
import { sessionIdOf } from "../domain/sessions/session-token.ts";
import { answerOfCall, type CallParts, formCall, unsignedCall } from "./calls.ts";
import type { Failure } from "./console-reply.ts";
import type { ConsoleRequest } from "./console-request.ts";
import { openSession, sessionFamily } from "./sessions.ts";
import { busy, mayTryFrom, tooManyTries } from "./sign-in-limits.ts";
import type { LinkForm } from "./sign-in-page.ts";
import { recordSignIn } from "./sign-in-record.ts";
import { answeredSignIn, cookieOfSignIn, newSignIn, type StartedSignIn } from "./started-sign-in.ts";
import { takenRole } from "./taken-role.ts";

export interface OidcParts extends CallParts {
  readonly oidc: OidcSignIn;
  readonly signIns: SealedTexts;
}

export function failed(message: string, status = 401): Failure {
  return { status, code: "SignInFailed", message };
}

const startAgain = failed(
  "This sign-in took too long, was used already, or was not begun in this browser. Please start again.",
);

/** Of the provider as the account has registered it. */
function arnOf({ accountId, issuer }: Pick<SignInProvider, "accountId" | "issuer">): string {
  return oidcProviderArn(accountId, issuer.slice("https://".length));
}

/** The account's administrators have the last word: the operator's offer is nothing without the account's provider. */
async function isRegistered({ ports }: CallParts, { accountId, issuer, clientId }: SignInProvider): Promise<boolean> {
  const account = await ports.principals.resourceAccount(accountId);
  if (account?.closed !== false) return false;
  const provider = await ports.oidcProviders.findOidcProvider(accountId, arnOf({ accountId, issuer }));
  return provider?.clientIds.includes(clientId) === true;
}

const notRegistered = (provider: SignInProvider): Failure =>
  failed(
    `The account ${provider.accountId} does not trust ${provider.title} for the console: it needs an OIDC provider for ${provider.issuer} with the client ID ${provider.clientId}.`,
    403,
  );

function failureOf({ title }: SignInProvider, outcome: NotSignedIn): Failure {
  switch (outcome.kind) {
    case "busy":
      return busy;
    case "away":
      return failed(`${title} cannot be asked: ${outcome.reason}.`, 502);
    case "invalid":
      return failed(`The answer of ${title} was refused: ${outcome.reason}.`);
  }
}

/** Where the browser goes, and the cookie that it comes back with. */
export async function beginSignIn(
  parts: OidcParts,
  request: ConsoleRequest,
  provider: SignInProvider,
  wanted: { readonly role: string; readonly next: string },
): Promise<{ readonly url: string; readonly cookie: string } | Failure> {
  if (!(await mayTryFrom(parts, request))) return tooManyTries;
  if (!(await isRegistered(parts, provider))) return notRegistered(provider);
  const started = newSignIn(request, provider, { ...wanted, now: parts.clock.now() });
  const found = await parts.oidc.authorizationUrl(provider, started);
  if (found.kind !== "url") return failureOf(provider, found);
  return { url: found.url, cookie: await cookieOfSignIn(parts.signIns, request, provider, started) };
}

/**
 * A session that the person begins with a button, as that of a one-time link. A page of another port of this host can put the cookie of
 * somebody else's sign-in into the browser, so the page says as whom the session would be.
 */
type Offered = Omit<LinkForm, "isRoot">;

/** `answer`: the parameters that the provider sent the browser back with. */
export async function finishSignIn(
  parts: OidcParts,
  request: ConsoleRequest,
  provider: SignInProvider,
  answer: ReadonlyMap<string, string>,
): Promise<Offered | Failure> {
  const finished = await finish(parts, request, provider, answer);
  if ("status" in finished)
    await recordSignIn(parts, request, { identity: undefined, failure: "Failed authentication" });
  return finished;
}

async function finish(
  parts: OidcParts,
  request: ConsoleRequest,
  provider: SignInProvider,
  answer: ReadonlyMap<string, string>,
): Promise<Offered | Failure> {
  const started = await answeredSignIn(parts, request, provider, answer.get("state") ?? "");
  if (started === undefined) return startAgain;
  const [code, error] = [answer.get("code"), answer.get("error")];
  // Its description may be of whoever made the link, so it is not repeated.
  if (error !== undefined || code === undefined || code === "")
    return failed(`${provider.title} signed nobody in${/^[\w.-]{1,64}$/.test(error ?? "") ? ` (${error})` : ""}.`);
  if (!(await isRegistered(parts, provider))) return notRegistered(provider);
  const found = await parts.oidc.exchange(provider, { ...started, code, issuer: answer.get("iss") });
  if (found.kind !== "token") return failureOf(provider, found);
  return offer(parts, request, provider, { ...found, ...started });
}

/** INVARIANT: STS's own AssumeRoleWithWebIdentity verifies the token, asks the role's trust policy and makes the keys. */
async function offer(
  parts: OidcParts,
  request: ConsoleRequest,
  { accountId, issuer }: SignInProvider,
  {
    token,
    subject,
    role,
    next,
  }: Pick<StartedSignIn, "role" | "next"> & { readonly token: string; readonly subject: string },
): Promise<Offered | Failure> {
  const roleArn = `arn:aws:iam::${accountId}:role/${role}`;
  const sessionName = sessionNameOf(subject);
  const form = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    WebIdentityToken: token,
  });
  const call = formCall("sts", Buffer.from(form.toString()));
  const { outcome } = await answerOfCall(parts, request, unsignedCall(parts, request, call));
  if (outcome.kind === "refusal")
    return failed(`The role ${role} of account ${accountId} was refused: ${outcome.message ?? outcome.code}`, 403);
  const taken = outcome.kind === "query-result" ? takenRole(outcome.children ?? []) : undefined;
  if (taken === undefined) throw new Error("AssumeRoleWithWebIdentity gave no credentials");
  const { assumed, accessKeyId, sessionToken, expiresAt } = taken;
  const provider = arnOf({ accountId, issuer });
  const roleName = role.split("/").at(-1) ?? role;
  const roleId = assumed.principalId.slice(0, assumed.principalId.indexOf(":"));
  const link = await openSession(parts.ports, request, {
    principal: { kind: "role-session", accountId, arn: assumed.arn, roleArn, roleId, roleName, sessionName, provider },
    stage: "link",
    keys: { accessKeyId, sessionToken },
    mfaAt: undefined,
    family: sessionFamily(sessionIdOf(sessionToken ?? "")),
    until: expiresAt,
  });
  return { token: link, name: `${roleName}/${sessionName}`, account: accountId, next };
}

/**
 * The subject, where a session can have that name. Otherwise each sign that no name has is a `-`, and a part of the hash makes the name
 * unique, so that no two people have the same.
 */
function sessionNameOf(subject: string): string {
  if (/^[\w+=,.@-]{2,64}$/.test(subject)) return subject;
  const hash = createHash("sha256").update(subject).digest("hex").slice(0, 16);
  return `${subject.replace(/[^\w+=,.@-]/g, "-").slice(0, 47)}-${hash}`;
}
