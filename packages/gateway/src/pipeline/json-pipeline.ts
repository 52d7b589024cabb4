import { refuseFormHead } from "../authn/authenticate.ts";
import type { GatewayRequest } from "../authn/request.ts";
import { isNamedByPath, type JsonService, operationOfTarget } from "../operations/json/json-services.ts";
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
  if (!isNamedByPath(service) && path !== "/") return refuse("InvalidAction", "There is no operation at this path.");
  if (method !== "POST") return refuse("InvalidAction", `There is no operation for ${method}.`);
  return body.length !== undefined && body.length > maxBytes ? tooLarge : undefined;
}

function operationOf(
  service: JsonService,
  { headers, wire: { path } }: GatewayRequest,
): { readonly name: string; readonly asked: string } {
  if (isNamedByPath(service)) {
    const [, first = "", rest = ""] = /^\/([a-z])([A-Za-z]*)$/.exec(path) ?? [];
    return { name: first.toUpperCase() + rest, asked: path };
  }
  const target = headers.get("x-amz-target") ?? "";
  return { name: operationOfTarget(service, target) ?? "", asked: target };
}

/** INVARIANT: a name is looked up as an own row of its service's table, so no other service's and no inherited one is found. */
function findRow({ tables }: GateState, service: JsonService, request: GatewayRequest): JsonRow | Refusal {
  const { name, asked } = operationOf(service, request);
  const rows = tables[service];
  const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
  return row ?? refuse("InvalidAction", `Could not find operation ${asked.slice(0, 128) || "without a name"}.`);
}

/**
 * The way of a request to a JSON service, in the order of the forms of IAM and STS (see `serveQuery`). `X-Amz-Target` names the
 * operation; the signature covers it, as it covers every `x-amz-` header, and the document.
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
  const row = findRow(state, service, request);
  if (isRefusal(row)) return row;
  progress.operation = row.name;
  if ("notImplemented" in row) return refuse("NotImplemented", `${row.name} is not implemented.`);
  await authenticated.time.turn();
  const members = readMembers(document.bytes);
  if (isRefusal(members)) return members;
  progress.document = members;
  const unread = refuseUnreadMember(row.refuses, members);
  if (unread !== undefined) return unread;
  const input = row.parse(members);
  if (isRefusal(input)) return input;
  const result = await runAction(state, request, authenticated, { service, row, input }, progress);
  return isRefusal(result) ? result : { kind: "json-result", members: result ?? {} };
}
