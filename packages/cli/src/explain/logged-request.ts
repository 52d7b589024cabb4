import { type Fields, fieldsOf, type AccessQuestion, recordedQuestion } from "@s3-credentials/policy";
import { CommandError } from "../command-line/failures.ts";

/** What was asked and decided in a request, from the gateway's log: JSON lines, of which others are passed over. */
export function readLoggedRequest(log: string, requestId: string): AccessQuestion {
  const line = log
    .split("\n")
    .filter((text) => text.includes(requestId))
    .map(parseLine)
    .find((fields) => fields["requestId"] === requestId && fields["msg"] === "request");
  if (line === undefined) throw new CommandError(`the log has no request ${requestId}; is it the log of that gateway?`);
  const question = recordedQuestion(fieldsOf(line["decision"]), textOf(line["principal"]) ?? "anonymous");
  if (question === undefined) throw new CommandError(undecided(line, requestId));
  return question;
}

function undecided(line: Fields, requestId: string): string {
  const code = textOf(line["code"]);
  if (line["decision"] !== undefined) return `the log of request ${requestId} does not say what was asked`;
  return `no policy was asked in request ${requestId}: it ${code === undefined ? "needs none" : `was refused before (${code})`}`;
}

function parseLine(text: string): Fields {
  try {
    // A log that passed through a service manager may have its prefix before the JSON.
    return fieldsOf(JSON.parse(text.slice(Math.max(0, text.indexOf("{")))));
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
