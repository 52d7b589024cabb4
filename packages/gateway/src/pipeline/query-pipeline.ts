import { isRefusal, type Refusal, refuse } from "../operations/operation.ts";
import { refuseUnreadParameter } from "../operations/members.ts";
import { accountOfRole } from "../operations/sts/role-target.ts";
import { refuseTemporary } from "../operations/query/temporary-credentials.ts";
import type { QueryRow } from "../operations/table.ts";
import type { IamOperationName, StsOperationName } from "../ports/operation-name.ts";
import type { Progress, QueryResult } from "./answer.ts";
import { refuseFormHead } from "../authn/authenticate.ts";
import { admit, type Admitted, letInUnsigned } from "./admit.ts";
import { callerKey } from "./caller-limits.ts";
import type { GateState } from "./gate-state.ts";
import { checkQueryHead, readForm, readParameters } from "./query-form.ts";
import { runAction } from "./run-action.ts";
import type { GatewayRequest } from "../authn/request.ts";

type QueryName = IamOperationName | StsOperationName;

const versions = { iam: "2010-05-08", sts: "2011-06-15" } as const;

interface Found {
  readonly name: QueryName;
  readonly row: QueryRow;
}

/** INVARIANT: a name is looked up as an own row of its service's table, so no other service's and no inherited one is found. */
function findRow(
  { tables }: GateState,
  service: "iam" | "sts",
  parameters: ReadonlyMap<string, string>,
): Found | Refusal {
  const action = parameters.get("Action");
  if (action === undefined || action === "") return refuse("MissingAction");
  const asked = parameters.get("Version");
  const rows: Readonly<Record<string, QueryRow>> = tables[service];
  const row = asked === versions[service] && Object.hasOwn(rows, action) ? rows[action] : undefined;
  if (row !== undefined) return { name: action as QueryName, row };
  const version = asked?.slice(0, 32) ?? "NO_VERSION_SPECIFIED";
  return refuse("InvalidAction", `Could not find operation ${action.slice(0, 128)} for version ${version}`);
}

const missingToken = refuse("MissingAuthenticationToken");

/** "Calling AssumeRoleWithWebIdentity does not require the use of AWS security credentials": the token in the form says who asks. */
const unsignedOperations: readonly string[] = ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"] satisfies QueryName[];

/** Tokens have at most 20,000 characters, SAML assertions 100,000, and policies and ARNs beside them a few thousand. */
const maxUnsignedBytes = 128 * 1024;

/**
 * A form without a signature. Only the operations that need none get an answer of their own; which one is asked for may be in the form
 * alone, so a form of moderate length is read, as one request of its address. Of whom its token names, nobody's limits hold: the address's
 * do.
 */
async function serveUnsigned(
  state: GateState,
  request: GatewayRequest,
  progress: Progress,
): Promise<QueryResult | Refusal> {
  const named = request.query.get("Action");
  if (named !== undefined && !unsignedOperations.includes(named)) return missingToken;
  if (request.body.length !== undefined && request.body.length > maxUnsignedBytes) return missingToken;
  const caller = state.ports.principals.anonymous();
  const key = callerKey(caller, request);
  const late = await letInUnsigned(state, request, key);
  if (late !== undefined) return late;
  const form = await readForm(request, maxUnsignedBytes);
  if (isRefusal(form)) return missingToken;
  const time = state.time.of(key, request.signal);
  const parameters = await readParameters(request.query, form.bytes, time.turn);
  if (isRefusal(parameters) || !unsignedOperations.includes(parameters.get("Action") ?? "")) return missingToken;
  // From here on it may wait for an issuer, which is of the role's account: those of its address that ask others for roles do not.
  state.callers.leave(request);
  if ((await state.callers.enter(request, `${key} ${accountOf(parameters)}`)) === "refused")
    return refuse("ServiceUnavailable");
  progress.time = time;
  const admitted: Admitted = { caller, auth: undefined, chunkSigning: undefined, callerKey: key, time };
  return serveForm(state, request, admitted, { service: "sts", parameters }, progress);
}

/** Of the role that is asked for; the same text for all that are none. */
function accountOf(parameters: ReadonlyMap<string, string>): string {
  const account = accountOfRole(parameters.get("RoleArn") ?? "");
  return typeof account === "string" && /^\d{12}$/.test(account) ? account : "none";
}

/** Finds the operation that the parameters name, and runs it. */
async function serveForm(
  state: GateState,
  request: GatewayRequest,
  admitted: Admitted,
  { service, parameters }: { readonly service: "iam" | "sts"; readonly parameters: ReadonlyMap<string, string> },
  progress: Progress,
): Promise<QueryResult | Refusal> {
  const found = findRow(state, service, parameters);
  if (isRefusal(found)) return found;
  const { name, row } = found;
  progress.operation = name;
  progress.parameters = parameters;
  if ("notImplemented" in row) return notImplemented(name);
  const barred = refuseTemporary(admitted.caller, service, name);
  if (barred !== undefined) return barred;
  const unread = refuseUnreadParameter(row.refuses, parameters);
  if (unread !== undefined) return unread;
  const parsed = row.parse({ parameters });
  if (isRefusal(parsed)) return parsed;
  // INVARIANT: without a signature, nobody calls an operation but by a token that it verified.
  if (row.identify === undefined && admitted.auth === undefined) return missingToken;
  const identified = await row.identify?.(parsed, { ports: state.ports, now: request.now });
  if (isRefusal(identified)) return identified;
  const { caller, input } = identified ?? { caller: admitted.caller, input: parsed };
  progress.caller = caller;
  const children = await runAction(state, request, { ...admitted, caller }, { service, row, input }, progress);
  return isRefusal(children) ? children : { kind: "query-result", action: name, children };
}

function notImplemented(name: QueryName): Refusal {
  return refuse("NotImplemented", `${name} is not implemented.`);
}

/**
 * The way of an IAM or STS request. The signature covers the whole form, so the form is read before the caller is known, but only when the
 * head names a known key. It is decoded after the signature was verified. Then the operation is found, its demands are asked, and it runs.
 */
export async function serveQuery(
  state: GateState,
  request: GatewayRequest,
  service: "iam" | "sts",
  progress: Progress,
): Promise<QueryResult | Refusal> {
  const misplaced = checkQueryHead(request);
  if (misplaced !== undefined) return misplaced;
  if (request.auth.kind === "anonymous") return serveUnsigned(state, request, progress);
  const unfit = await refuseFormHead(state.authentication, request, service);
  if (unfit !== undefined) return unfit;
  const form = await readForm(request);
  if (isRefusal(form)) return form;
  const authenticated = await admit(state, request, service, form.sha256);
  if (isRefusal(authenticated)) return authenticated;
  const { callerKey, time } = authenticated;
  progress.caller = authenticated.caller;
  progress.time = time;
  const parameters =
    (await state.largeBodies.parse(form.bytes.length, { callerKey, signal: request.signal }, () =>
      readParameters(request.query, form.bytes, time.turn),
    )) ?? refuse("ServiceUnavailable");
  if (isRefusal(parameters)) return parameters;
  return serveForm(state, request, authenticated, { service, parameters }, progress);
}
