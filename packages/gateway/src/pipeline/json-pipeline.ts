import { refuseFormHead } from "../authn/authenticate.ts";
import type { GatewayRequest } from "../authn/request.ts";
import { isRestService, type JsonService, operationOfTarget } from "../operations/json/json-services.ts";
import { bindMembers, findRestRoute, type FoundRoute } from "../operations/json/rest-routes.ts";
import { refuseUnreadMember } from "../operations/members.ts";
import { isRefusal, type Refusal, refuse } from "../operations/operation.ts";
import type { JsonRow } from "../operations/table.ts";
import { admit } from "./admit.ts";
import type { JsonAnswer, Progress } from "./answer.ts";
import type { GateState } from "./gate-state.ts";
import { readMembers } from "./json-members.ts";
import { readForm } from "./query-form.ts";
import { runAction } from "./run-action.ts";

/** Policies are the longest of what is sent: some thousand characters, escaped. Parsed in one turn. */
const maxBytes = 64 * 1024;

const tooLarge = refuse("SerializationException", "The request is too large.");

function checkHead({ wire: { method, path }, body }: GatewayRequest, service: JsonService): Refusal | undefined {
  if (!isRestService(service)) {
    if (path !== "/") return refuse("InvalidAction", "There is no operation at this path.");
    if (method !== "POST") return refuse("InvalidAction", `There is no operation for ${method}.`);
  }
  return body.length !== undefined && body.length > maxBytes ? tooLarge : undefined;
}

interface AskedOperation {
  readonly name: string;
  /** What was sent to name it. */
  readonly sent: string;
  /** Of a service that has paths. */
  readonly route?: FoundRoute | undefined;
}

function operationOf(service: JsonService, { headers, wire: { method, path } }: GatewayRequest): AskedOperation {
  if (isRestService(service)) {
    const route = findRestRoute(service, method, path);
    return { name: route?.name ?? "", sent: `${method} ${path}`, route };
  }
  const target = headers.get("x-amz-target") ?? "";
  return { name: operationOfTarget(service, target) ?? "", sent: target };
}

/** INVARIANT: a name is looked up as an own row of its service's table, so no other service's and no inherited one is found. */
function findRow({ tables }: GateState, service: JsonService, { name, sent }: AskedOperation): JsonRow | Refusal {
  const rows = tables[service];
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
  return row ?? refuse("InvalidAction", `Could not find operation ${sent.slice(0, 128) || "without a name"}.`);
}

/**
 * The way of a request to a JSON service, in the order of the forms of IAM and STS (see `serveQuery`). `X-Amz-Target` names the
 * operation, or method and path do; the signature covers all of these, and the document.
 */
export async function serveJson(
  state: GateState,
  request: GatewayRequest,
  service: JsonService,
  progress: Progress,
): Promise<JsonAnswer | Refusal> {
  const misplaced = checkHead(request, service);
  if (misplaced !== undefined) return misplaced;
  const unfit = await refuseFormHead(state.authentication, request, service);
  if (unfit !== undefined) return unfit;
  const document = await readForm(request, maxBytes);
  if (isRefusal(document)) return tooLarge;
  const authenticated = await admit(state, request, service, document.sha256);
  if (isRefusal(authenticated)) return authenticated;
  progress.caller = authenticated.caller;
  progress.time = authenticated.time;
  const asked = operationOf(service, request);
  const row = findRow(state, service, asked);
  if (isRefusal(row)) return row;
  progress.operation = row.name;
  if ("notImplemented" in row) return refuse("NotImplemented", `${row.name} is not implemented.`);
  await authenticated.time.turn();
  const sent = readMembers(document.bytes);
  if (isRefusal(sent)) return sent;
  const members = asked.route === undefined ? sent : bindMembers(asked.route, request.wire.query, sent);
  progress.document = members;
  const unread = refuseUnreadMember(row.refuses, members);
  if (unread !== undefined) return unread;
  const input = row.parse(members);
  if (isRefusal(input)) return input;
  const result = await runAction(state, request, authenticated, { service, row, input }, progress);
  return isRefusal(result) ? result : { kind: "json-result", members: result ?? {} };
}
