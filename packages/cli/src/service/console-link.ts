import { createHash } from "node:crypto";
import { signRequest } from "@s3-credentials/protocol";
import { CommandError } from "../command-line/failures.ts";
import { isObject, type Json, parseJson, textField } from "../formats/json.ts";
import type { Network } from "./network.ts";
import { post } from "./post.ts";

export interface LinkKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly region: string;
}

/** A link that signs in to the console once, as the user of the keys; a signed GetCallerIdentity shows who that is. */
export async function consoleLink(network: Network, console: string, { region, ...keys }: LinkKeys): Promise<string> {
  if (keys.sessionToken !== undefined)
    throw new CommandError(
      "a link to the console needs access keys that are not temporary; sign in with a password, or by the console's /federation",
    );
  const { origin, host } = new URL(console);
  const body = "Action=GetCallerIdentity&Version=2011-06-15";
  const headers = [
    ["host", host],
    ["content-type", "application/x-www-form-urlencoded"],
    ["x-amz-console-link", "1"],
  ] as const;
  const { accessKeyId, secretAccessKey } = keys;
  const digest = createHash("sha256").update(body).digest("hex");
  const signed = signRequest(
    { method: "POST", path: "/", query: "", headers },
    digest,
    { accessKeyId, secretAccessKey },
    { region, service: "sts", time: Date.now() },
  );
  const { text, status } = await post(network, new URL(`${origin}/`), [...headers, ...signed], body);
  return readLink(text, origin, status);
}

/** What is printed and opened is a link to the console that was asked, whatever answers. */
function readLink(text: string, origin: string, status: number): string {
  let answer: Json | undefined;
  try {
    answer = parseJson(text);
  } catch {
    answer = undefined;
  }
  const url = isObject(answer) && answer.has("url") ? textField(answer, "url") : "";
  if (status === 200 && /^\/signin\/link\?token=[\w-]{43}$/.test(url.slice(origin.length)) && url.startsWith(origin))
    return url;
  const error = isObject(answer) ? answer.get("error") : undefined;
  const message = isObject(error) ? textField(error, "message") : `it answers with HTTP ${status} and no link`;
  throw new CommandError(`the console at ${origin} gives no link: ${message.replace(/[^\x20-\x7e]/g, "?")}`);
}
