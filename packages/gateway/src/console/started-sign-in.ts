/** A sign-in by an identity provider, from its start to the answer: it is in a cookie of the browser that began it, sealed. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { SignInAsked, SignInProvider } from "../ports/oidc-sign-in.ts";
import type { SealedTexts } from "../ports/sealed-texts.ts";
import type { CallParts } from "./calls.ts";
import type { ConsoleRequest } from "./console-request.ts";
import { sentStarted, startedCookie } from "./cookies.ts";

/** How long a person may take at the provider, s. */
const maxSeconds = 10 * 60;

export interface StartedSignIn extends SignInAsked {
  /** What the provider gives back with its answer. */
  readonly state: string;
  /** The name of the role, with its path; empty: the person chooses among those that the token may have. */
  readonly role: string;
  /** A path of the console. */
  readonly next: string;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

const random = (): string => randomBytes(32).toString("base64url");

function redirectUriOf({ origin }: ConsoleRequest, { name }: SignInProvider): string {
  return `${origin}/signin/callback/${name}`;
}

export function newSignIn(
  request: ConsoleRequest,
  provider: SignInProvider,
  { role, next, now }: { readonly role: string; readonly next: string; readonly now: number },
): StartedSignIn {
  const redirectUri = redirectUriOf(request, provider);
  return {
    role,
    next,
    redirectUri,
    state: random(),
    nonce: random(),
    verifier: random(),
    expiresAt: now + maxSeconds * 1000,
  };
}

/** It opens for answers of this provider alone: those of another come to another address. */
export async function cookieOfSignIn(
  signIns: SealedTexts,
  request: ConsoleRequest,
  { name }: SignInProvider,
  started: StartedSignIn,
): Promise<string> {
  return startedCookie(request, await signIns.encode(name, JSON.stringify(started)), maxSeconds);
}

/**
 * What this answer is to; undefined: this browser began no such sign-in, or too long ago, or it was answered already. INVARIANT: each is
 * answered once, whatever the answer is.
 */
export async function answeredSignIn(
  { ports: { counters, clock }, signIns }: CallParts & { readonly signIns: SealedTexts },
  request: ConsoleRequest,
  { name }: SignInProvider,
  state: string,
): Promise<StartedSignIn | undefined> {
  const sealed = sentStarted(request);
  const text = sealed === undefined ? undefined : await signIns.decode(name, sealed);
  if (text === undefined) return undefined;
  // Of what was sealed by us: its form is not in doubt.
  const started = JSON.parse(text) as StartedSignIn;
  const [expected, given] = [started.state, state].map((one) => createHash("sha256").update(one).digest());
  if (expected === undefined || given === undefined || !timingSafeEqual(expected, given)) return undefined;
  if (clock.now() >= started.expiresAt) return undefined;
  return (await counters.claim(`oidc sign-in ${expected.toString("hex")}`, started.expiresAt)) ? started : undefined;
}
