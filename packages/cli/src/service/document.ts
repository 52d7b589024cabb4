import { type Json, parseJson } from "../formats/json.ts";

/** The text of a policy document; IAM sends it percent-encoded (RFC 3986), some services without encoding. */
export function decodeDocument(sent: string): string {
  if (sent.trimStart().startsWith("{")) return sent;
  try {
    return decodeURIComponent(sent);
  } catch {
    return sent;
  }
}

/** A document as JSON; text that is not JSON becomes a JSON string. */
export function documentOf(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
