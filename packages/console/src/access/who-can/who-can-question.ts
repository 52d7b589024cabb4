import { findAction, questionProblem, type QuestionProblem } from "@s3-credentials/policy";

/** What is asked, as it is written in the form and in the address of the page. */
export interface WrittenWhoCan {
  readonly action: string;
  readonly resource: string;
  /** ISO 8601; empty: now. */
  readonly time: string;
  /** An IP address; empty: not known. */
  readonly address: string;
  readonly mfa: "" | "true" | "false";
  /** `KEY=VALUE`, one a line. */
  readonly keys: string;
}

export function readWhoCan(parameters: URLSearchParams): WrittenWhoCan {
  const text = (name: string): string => parameters.get(name) ?? "";
  const mfa = text("mfa");
  return {
    action: text("action"),
    resource: text("resource"),
    time: text("time"),
    address: text("address"),
    mfa: mfa === "true" || mfa === "false" ? mfa : "",
    keys: parameters.getAll("context").join("\n"),
  };
}

export function whoCanParameters({ keys, ...fields }: WrittenWhoCan): URLSearchParams {
  const parameters = new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== ""));
  for (const line of linesOf(keys)) parameters.append("context", line);
  return parameters;
}

function linesOf(keys: string): readonly string[] {
  return keys
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Condition keys of the request, in lower case; a key that is written twice has both values. */
export function contextOf({ address, mfa, keys }: WrittenWhoCan): Readonly<Record<string, string | readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  const add = (key: string, value: string): void => {
    const name = key.toLowerCase();
    found.set(name, [...(found.get(name) ?? []), value]);
  };
  if (address !== "") add("aws:SourceIp", address);
  if (mfa !== "") add("aws:MultiFactorAuthPresent", mfa);
  for (const line of linesOf(keys)) add(line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1));
  return Object.fromEntries([...found].map(([key, values]) => [key, values.length === 1 ? (values[0] ?? "") : values]));
}

/** An action without a resource is asked on everything. */
export function resourceOfQuestion({ action, resource }: WrittenWhoCan): string {
  return resource === "" && findAction(action)?.resources.length === 0 ? "*" : resource;
}

export interface FormProblem {
  readonly about: QuestionProblem["about"] | "time" | "address";
  readonly words: string;
}

/** An answer to a slip would mislead. */
export function whoCanProblem(written: WrittenWhoCan): FormProblem | undefined {
  const { time, address } = written;
  if (time !== "" && Number.isNaN(Date.parse(time)))
    return { about: "time", words: "a time is written as 2026-12-24T18:00:00Z" };
  if (address !== "" && !/^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/i.test(address))
    return { about: "address", words: "an address is written as 192.0.2.7, or as 2001:db8::7" };
  const wrong = linesOf(written.keys).find((line) => line.indexOf("=") < 1);
  if (wrong !== undefined) return { about: "context", words: `${wrong} is not KEY=VALUE` };
  const { action, resource } = written;
  return questionProblem({
    action,
    resource,
    keys: linesOf(written.keys).map((line) => line.slice(0, line.indexOf("="))),
  });
}
