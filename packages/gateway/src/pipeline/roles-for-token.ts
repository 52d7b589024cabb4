/** Which roles of an account a person's token may have, for whoever has to choose one. */
import type { Principal } from "@s3-credentials/policy";
import { authorizeSignIn } from "../authz/authorize-sign-in.ts";
import type { GatewayRequest } from "../authn/request.ts";
import { isRefusal, type Refusal, refuse } from "../operations/operation.ts";
import type { RoleRecord } from "../ports/identity-records.ts";
import type { PageQuery } from "../ports/page.ts";
import { letInUnsigned } from "./admit.ts";
import { wouldAllow } from "./authorize-action.ts";
import { callerKey } from "./caller-limits.ts";
import type { GateState } from "./gate-state.ts";

export interface TokenQuestion {
  readonly accountId: string;
  /** ARN of the provider, as the account has registered it. */
  readonly provider: string;
  readonly token: string;
  readonly sessionName: string;
}

/** A decision costs up to milliseconds, and each is asked for one person who waits. */
const maxAsked = 100;

/**
 * Names, with their paths. INVARIANT: each role is asked as AssumeRoleWithWebIdentity asks it, by the same row, and nothing is done. A refusal:
 * the token is not good for any role.
 */
export async function rolesForToken(
  state: GateState,
  request: GatewayRequest,
  { accountId, provider, token, sessionName }: TokenQuestion,
): Promise<readonly string[] | Refusal> {
  const row = state.tables.sts.AssumeRoleWithWebIdentity;
  if ("notImplemented" in row || row.identify === undefined) throw new Error("sts: nobody comes with a token");
  const key = callerKey(state.ports.principals.anonymous(), request);
  const late = await letInUnsigned(state, request, key);
  if (late !== undefined) return late;
  const time = state.time.of(key, request.signal);
  // From here on it may wait for the issuer of this account.
  state.callers.leave(request);
  if ((await state.callers.enter(request, `${key} ${accountId}`)) === "refused") return refuse("ServiceUnavailable");
  const inputFor = (roleArn: string) => {
    const form = { RoleArn: roleArn, RoleSessionName: sessionName, WebIdentityToken: token };
    return row.parse({ parameters: new Map(Object.entries(form)) });
  };
  const parsed = inputFor(`arn:aws:iam::${accountId}:role/any`);
  if (isRefusal(parsed)) return parsed;
  const identified = await row.identify(parsed, { ports: state.ports, now: request.now });
  if (isRefusal(identified)) return identified;
  const { caller } = identified;
  const found: string[] = [];
  for await (const { arn } of candidates(state, request, caller.principal, { accountId, provider, turn: time.turn })) {
    // What the token says is the same for each role; only the role is another.
    const input = { ...(identified.input as object), RoleArn: arn };
    if ((await wouldAllow(state, request, { caller, auth: undefined, time }, row, input)) === true)
      found.push(arn.slice(arn.indexOf(":role/") + ":role/".length));
  }
  return found;
}

/** Roles whose trust policy may name the provider. */
async function* candidates(
  { ports }: GateState,
  { requestId }: GatewayRequest,
  principal: Principal,
  { accountId, provider, turn }: Pick<TokenQuestion, "accountId" | "provider"> & { readonly turn: PageQuery["turn"] },
): AsyncGenerator<RoleRecord> {
  const grant = authorizeSignIn(principal, requestId);
  let asked = 0;
  for (let after: string | undefined; ;) {
    const query = { pathPrefix: "/", after, limit: 100, turn };
    const { items, next } = await ports.identity.listPrincipals(grant, "role", accountId, query);
    for (const role of items) {
      const isNamed = role.kind === "role" && [provider, "*"].some((one) => role.trust.includes(JSON.stringify(one)));
      if (role.kind !== "role" || !isNamed) continue;
      if ((asked += 1) > maxAsked) return;
      yield role;
    }
    if (next === undefined) return;
    after = next;
  }
}
