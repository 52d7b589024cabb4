/** Files of settings in JSON. */
import { isRecord } from "@s3-credentials/policy/parse";
import { readFileSync } from "node:fs";
import { fileFault } from "./file-fault.ts";

/** Says which member is at fault, and why. */
export type Fault = (member: string, why: string) => never;

/** What `fail` says of it has nothing of what the file holds. */
export function readJsonFile(file: string, fail: (why: string) => never): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return fail(`${fileFault(error)}; give a file that exists`);
  }
  try {
    return JSON.parse(text);
  } catch {
    return fail("it is not JSON, for which a comma too many is enough"); // Node's message has a part of the file
  }
}

/** An entry with no other members than these. */
export function checkedObject(
  value: unknown,
  known: readonly string[],
  fault: Fault,
): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return fault(known[0] ?? "", "its entry is not a JSON object");
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  return unknown === undefined ? value : fault(unknown.slice(0, 40), `unknown; there are ${known.join(", ")}`);
}
