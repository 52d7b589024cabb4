import { isObject, type Json, type JsonObject } from "../formats/json.ts";
import { UsageError } from "../command-line/failures.ts";
import { parseMoment } from "../input/moment.ts";
import { statementsOf } from "./documents.ts";
import { isoSeconds } from "../service/tool-tags.ts";

const secondsIn = { h: 3600, d: 86_400, w: 604_800 } as const satisfies Record<string, number>;

/** `--expires`: `12h`, `30d`, `8w` from now, or a date or time. */
export function parseExpiry(text: string, now: Date): Date {
  const wrong = new UsageError(`invalid --expires "${text}": it is of the form 12h, 30d, 8w or 2027-01-31`);
  const [, amount, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const date =
    amount !== undefined && (unit === "h" || unit === "d" || unit === "w")
      ? new Date(now.getTime() + Number(amount) * secondsIn[unit] * 1000)
      : parseMoment(text);
  if (date === undefined) throw wrong;
  if (date <= now) throw new UsageError(`invalid --expires "${text}": that is in the past`);
  return date;
}

/**
 * Every Allow ends at the date, by a condition in the policy itself, so that it holds even if nobody deletes the user.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-currenttime
 */
export function withExpiry(document: JsonObject, date: Date): JsonObject {
  const statements = statementsOf(document).map((statement) =>
    isObject(statement) && statement.get("Effect") !== "Deny" ? endingAt(statement, isoSeconds(date)) : statement,
  );
  return new Map([...document, ["Statement", statements]]);
}

/** Values of one key under one operator are alternatives, so a statement that has an end of its own gets the other operator. */
function endingAt(statement: JsonObject, time: string): JsonObject {
  const given = statement.get("Condition");
  const condition: JsonObject = isObject(given) ? given : new Map();
  const operator = ["DateLessThan", "DateLessThanEquals"].find((name) => !hasCurrentTime(condition.get(name)));
  if (operator === undefined)
    throw new UsageError("--expires cannot be added to a statement that compares aws:CurrentTime in both ways already");
  const block = condition.get(operator);
  const ending: Json = new Map([...(isObject(block) ? block : []), ["aws:CurrentTime", time] as const]);
  return new Map([...statement, ["Condition", new Map([...condition, [operator, ending]])]]);
}

function hasCurrentTime(block: Json | undefined): boolean {
  return isObject(block) && [...block.keys()].some((key) => key.toLowerCase() === "aws:currenttime");
}
