import { type PolicyUse, validatePolicy } from "@s3-credentials/policy";
import { isList, isObject, type Json, JsonNumber, type JsonObject, textField } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { type Kind, type MemberRow, type MemberType, rowOf } from "./layout.ts";

/** What is wrong in one file. */
export interface MemberProblem {
  readonly pointer: string;
  readonly message: string;
}

/** Everything that is wrong with the members of an entity, policies as `validate-policy` finds it. */
export function checkMembers(kind: Kind, members: JsonObject): readonly MemberProblem[] {
  const { members: rows } = rowOf(kind);
  const unknown = [...members.keys()].filter((name) => !Object.hasOwn(rows, name));
  return [
    ...unknown.map((name) => ({
      pointer: `/${name}`,
      message: `there is no such member; they are ${Object.keys(rows).join(", ")}`,
    })),
    ...Object.entries(rows).flatMap(([name, row]) => checkMember(members, name, row)),
    ...checkTogether(kind, members),
  ];
}

function checkMember(members: JsonObject, name: string, row: MemberRow): readonly MemberProblem[] {
  const value = members.get(name);
  const pointer = `/${name}`;
  if (value === undefined) return row.required === true ? [{ pointer, message: "it is missing" }] : [];
  if (row.type === "text" && row.required === true && value === "") return [{ pointer, message: "it is empty" }];
  return checks[row.type](value, pointer, { ...row, members });
}

type Check = (
  value: Json,
  pointer: string,
  row: MemberRow & { readonly members: JsonObject },
) => readonly MemberProblem[];

const wrong = (pointer: string, message: string): readonly MemberProblem[] => [{ pointer, message }];

const checks: Readonly<Record<MemberType, Check>> = {
  text: (value, pointer) => (typeof value === "string" ? [] : wrong(pointer, "it is not a text")),
  number: (value, pointer) =>
    value instanceof JsonNumber && /^\d+$/.test(value.text) ? [] : wrong(pointer, "it is not a whole number"),
  flag: (value, pointer) => (typeof value === "boolean" ? [] : wrong(pointer, "it is not true or false")),
  texts: (value, pointer) =>
    isList(value) && value.every((item) => typeof item === "string")
      ? doubled(value.map(String), pointer)
      : wrong(pointer, "it is not a list of texts"),
  tags: (value, pointer) =>
    eachOf(value, pointer, ["Key", "Value"], (tag, at) =>
      ["Key", "Value"].flatMap((name) =>
        checks.text(tag.get(name) ?? null, `${at}/${name}`, { ...plain, members: tag }),
      ),
    ).concat(namesTwice(value, pointer, "Key")),
  document: (value, pointer, row) => checkDocument(value, pointer, row.use ?? "identity", row.members),
  inline: (value, pointer, { use = "identity" }) =>
    eachOf(value, pointer, ["PolicyDocument", "PolicyName"], (one, at) => [
      ...(textField(one, "PolicyName") === "" ? wrong(`${at}/PolicyName`, "it is missing") : []),
      ...checkDocument(one.get("PolicyDocument") ?? null, `${at}/PolicyDocument`, use, one),
    ]).concat(namesTwice(value, pointer, "PolicyName")),
  targets: (value, pointer) =>
    eachOf(value, pointer, ["Email", "Type"], (one, at) => {
      const type = textField(one, "Type");
      if (type === "ROOT" || type === "MANAGEMENT_ACCOUNT")
        return one.has("Email") ? wrong(`${at}/Email`, `${type} has no address here`) : [];
      if (type !== "ACCOUNT") return wrong(`${at}/Type`, "it is not ROOT, MANAGEMENT_ACCOUNT or ACCOUNT");
      return textField(one, "Email") === "" ? wrong(`${at}/Email`, "it is missing") : [];
    }),
  object: (value, pointer) => (isObject(value) ? [] : wrong(pointer, "it is not an object")),
  // Its members are looked at with the SDK's models: see check-settings.ts.
  setting: (value, pointer) => (isObject(value) ? [] : wrong(pointer, "it is not an object")),
  settings: (value, pointer) =>
    isList(value) && value.every((one) => isObject(one) && textField(one, "Id") !== "")
      ? namesTwice(value, pointer, "Id")
      : wrong(pointer, "it is not a list of objects, each with its Id"),
};

const plain = { type: "text", summary: "" } as const;

function eachOf(
  value: Json,
  pointer: string,
  names: readonly string[],
  check: (one: JsonObject, at: string) => readonly MemberProblem[],
): readonly MemberProblem[] {
  if (!isList(value)) return wrong(pointer, "it is not a list");
  return value.flatMap((one, index) => {
    const at = `${pointer}/${index}`;
    if (!isObject(one)) return wrong(at, "it is not an object");
    const others = [...one.keys()].filter((name) => !names.includes(name));
    return [...others.flatMap((name) => wrong(`${at}/${name}`, "there is no such member")), ...check(one, at)];
  });
}

function doubled(texts: readonly string[], pointer: string): readonly MemberProblem[] {
  return texts.flatMap((text, index) =>
    texts.indexOf(text) === index ? [] : wrong(`${pointer}/${index}`, `${text} is there twice`),
  );
}

function namesTwice(value: Json, pointer: string, name: string): readonly MemberProblem[] {
  return isList(value)
    ? doubled(
        value.map((one) => (isObject(one) ? textField(one, name) : "")),
        pointer,
      )
    : [];
}

function checkDocument(value: Json, pointer: string, use: PolicyUse, members: JsonObject): readonly MemberProblem[] {
  if (!isObject(value)) return wrong(pointer, "it is not a policy document");
  const bucket = textField(members, "Bucket");
  const findings = validatePolicy(dumps(value), { kind: use, ...(bucket === "" ? {} : { bucket }) });
  return findings
    .filter(({ severity }) => severity === "error")
    .map(({ pointer: within, message, help }) => ({
      pointer: `${pointer}${within}`,
      message: help === undefined ? message : `${message}; ${help}`,
    }));
}

/** What a member alone does not show. */
function checkTogether(kind: Kind, members: JsonObject): readonly MemberProblem[] {
  if (!Object.hasOwn(rowOf(kind).members, "Content")) return [];
  const isAws = members.get("AwsManaged") === true;
  if (isAws === members.has("Content"))
    return wrong("/Content", isAws ? "the document of AWS's own policy cannot be changed" : "it is missing");
  return [];
}
