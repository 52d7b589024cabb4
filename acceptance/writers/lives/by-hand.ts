import { Agent } from "node:http";
import { formOf } from "../../../packages/gateway/test/post-form.ts";
import type { Keys, RunningGateway } from "../../gateway.ts";
import { type RawRequest, type RawReply, send } from "../../raw.ts";

const agent = new Agent({ keepAlive: true });

type Input = Readonly<Record<string, string>>;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html */
function accountBlock(method: string, { AccountId = "", Document = "" }: Input, keys: Keys): RawRequest {
  const path = "/v20180820/configuration/publicAccessBlock";
  return { method, path, headers: { "x-amz-account-id": AccountId }, body: Buffer.from(Document), keys };
}

function form({ Bucket = "", Key = "", Body = "" }: Input, keys: Keys): RawRequest {
  const { target, ...request } = formOf(Bucket, { keys, fields: { key: Key }, file: Body });
  return { ...request, path: target };
}

/** What no SDK here sends. */
const requests: Readonly<Record<string, (input: Input, keys: Keys) => RawRequest>> = {
  "S3 PostObject": form,
  "S3 GetAccountPublicAccessBlock": (input, keys) => accountBlock("GET", input, keys),
  "S3 PutAccountPublicAccessBlock": (input, keys) => accountBlock("PUT", input, keys),
  "S3 DeleteAccountPublicAccessBlock": (input, keys) => accountBlock("DELETE", input, keys),
  // https://docs.aws.amazon.com/accounts/latest/reference/API_PutAccountName.html
  "Account PutAccountName": (input, keys) => ({
    method: "POST",
    path: "/putAccountName",
    service: "account",
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(input)),
    keys,
  }),
};

/** An operation of the gateway's own service. */
function own(operation: string, input: Input, keys: Keys): RawRequest {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": `S3Credentials.${operation}` };
  const body = Buffer.from(JSON.stringify(input));
  return { method: "POST", path: "/", service: "s3-credentials", headers, body, keys };
}

/** As an SDK gives it: the members of JSON, or `Document`, the text of a document. */
function answerOf({ status, body, code }: RawReply): Readonly<Record<string, unknown>> {
  const members = body.startsWith("{") ? (JSON.parse(body) as Readonly<Record<string, unknown>>) : { Document: body };
  if (status < 300) return members;
  const name = code ?? String("__type" in members ? members.__type : "").replace(/.*#/, "");
  throw Object.assign(new Error(`${status} ${body}`), { name, $metadata: { httpStatusCode: status } });
}

/** Undefined: an SDK sends it. `name`: the service and the operation. */
export function sendByHand(
  gateway: RunningGateway,
  name: string,
  input: object,
  keys: Keys,
): Promise<Readonly<Record<string, unknown>>> | undefined {
  const [service = "", operation = ""] = name.split(" ");
  const made = service === "s3-credentials" ? own.bind(undefined, operation) : requests[name];
  return made === undefined ? undefined : send(gateway, { ...made(input as Input, keys), agent }).then(answerOf);
}
