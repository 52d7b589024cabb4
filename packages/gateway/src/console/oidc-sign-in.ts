/** Sign-in by an identity provider, to a role whose trust policy lets its token in. See docs/design/console.md. */
import { createHash } from "node:crypto";
import { oidcProviderArn } from "../domain/identity/oidc-rules.ts";
import type { NotSignedIn, OidcSignIn, SignInProvider } from "../ports/oidc-sign-in.ts";
import type { SealedTexts } from "../ports/sealed-texts.ts";
import { sessionIdOf } from "../domain/sessions/session-token.ts";
import { answerOfCall, type CallParts, formCall, unsignedCall } from "./calls.ts";
import type { Failure } from "./console-reply.ts";
import type { ConsoleRequest } from "./console-request.ts";
import type { Gate } from "../pipeline/gate.ts";
import { openSession, sessionFamily } from "./sessions.ts";
import { busy, mayTryFrom, tooManyTries } from "./sign-in-limits.ts";
import type { LinkForm } from "./sign-in-page.ts";
import { recordSignIn } from "./sign-in-record.ts";
import { answeredSignIn, cookieOfSignIn, newSignIn, type StartedSignIn } from "./started-sign-in.ts";
import { takenRole } from "./taken-role.ts";

export interface OidcParts extends CallParts {
  readonly gate: Pick<Gate, "serve" | "rolesForToken">;
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

/** The roles that a person's token may have; `sealed` is that token, which nobody but this browser can use, and once. */
export interface RoleChoice {
  readonly roles: readonly string[];
  readonly state: string;
  readonly sealed: string;
  readonly subject: string;
  readonly cookie: string;
}

/** `answer`: the parameters that the provider sent the browser back with. */
export async function finishSignIn(
  parts: OidcParts,
  request: ConsoleRequest,
  provider: SignInProvider,
  answer: ReadonlyMap<string, string>,
): Promise<Offered | RoleChoice | Failure> {
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
): Promise<Offered | RoleChoice | Failure> {
  const started = await answeredSignIn(parts, request, provider, answer.get("state") ?? "");
  if (started === undefined) return startAgain;
  const [code, error] = [answer.get("code"), answer.get("error")];
  // Its description may be of whoever made the link, so it is not repeated.
  if (error !== undefined || code === undefined || code === "")
    return failed(`${provider.title} signed nobody in${/^[\w.-]{1,64}$/.test(error ?? "") ? ` (${error})` : ""}.`);
  if (!(await isRegistered(parts, provider))) return notRegistered(provider);
  const found = await parts.oidc.exchange(provider, { ...started, code, issuer: answer.get("iss") });
  if (found.kind !== "token") return failureOf(provider, found);
  if (started.role === "") return offerRoles(parts, request, provider, { ...found, next: started.next });
  return offer(parts, request, provider, { ...found, ...started });
}

interface Came {
  readonly token: string;
  readonly subject: string;
  /** A path of the console. */
  readonly next: string;
}

/** Characters of a token that fits into a form with all else, sealed. */
const maxChoosingToken = 9000;

/** With one role there is nothing to choose. Roles that do not let the token in are shown to nobody. */
async function offerRoles(
  parts: OidcParts,
  request: ConsoleRequest,
  provider: SignInProvider,
  came: Came,
): Promise<Offered | RoleChoice | Failure> {
  const { accountId, title } = provider;
  const { token, subject, next } = came;
  if (token.length > maxChoosingToken)
    return failed(`The token of ${title} is too large to choose a role with: give the name of the role.`, 400);
  const asked = unsignedCall(parts, request, formCall("sts", Buffer.from("")));
  if (!("request" in asked)) throw new Error("the console's own call was refused");
  const question = { accountId, provider: arnOf(provider), token, sessionName: sessionNameOf(subject) };
  const roles = await parts.gate.rolesForToken(asked.request, question);
  if ("kind" in roles) return failed(`The token of ${title} was refused: ${roles.message ?? roles.code}`, 403);
  const [role, ...more] = roles;
  if (role === undefined) return failed(`No role of account ${accountId} lets ${subject} of ${title} in.`, 403);
  if (more.length === 0) return offer(parts, request, provider, { ...came, role });
  const started = newSignIn(request, provider, { role: "", next, now: parts.clock.now() });
  const { state } = started;
  const sealed = await parts.signIns.encode(subjectOf(provider, state), JSON.stringify({ token, subject }));
  const cookie = await cookieOfSignIn(parts.signIns, request, provider, started);
  return { roles, state, sealed, subject, cookie };
}

/** Of a token that waits for a choice: it opens for this choice alone. */
const subjectOf = ({ name }: SignInProvider, state: string): string => `${name} ${state}`;

/** The choice of a role. INVARIANT: AssumeRoleWithWebIdentity decides about it, whatever was shown. */
export async function chooseRole(
  parts: OidcParts,
  request: ConsoleRequest,
  provider: SignInProvider,
  chosen: { readonly state: string; readonly sealed: string; readonly role: string },
): Promise<Offered | Failure> {
  const started = await answeredSignIn(parts, request, provider, chosen.state);
  const text = await parts.signIns.decode(subjectOf(provider, chosen.state), chosen.sealed);
  const isGood = started !== undefined && text !== undefined && (await isRegistered(parts, provider));
  // Of what was sealed by us: its form is not in doubt.
  const came = isGood ? (JSON.parse(text) as Pick<Came, "token" | "subject">) : undefined;
  const offered =
    started === undefined || came === undefined
      ? startAgain
      : await offer(parts, request, provider, { ...came, role: chosen.role, next: started.next });
  if ("status" in offered)
    await recordSignIn(parts, request, { identity: undefined, failure: "Failed authentication" });
  return offered;
}

/** INVARIANT: STS's own AssumeRoleWithWebIdentity verifies the token, asks the role's trust policy and makes the keys. */
async function offer(
  parts: OidcParts,
  request: ConsoleRequest,
  { accountId, issuer }: SignInProvider,
  { token, subject, role, next }: Came & Pick<StartedSignIn, "role">,
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
