import { publicBucketPolicy, readOnlyPolicy, readWritePolicy, writeOnlyPolicy } from "@s3-credentials/policy";
import { hasOption, type OptionValues } from "../command-line/definition.ts";
import { fromPlain, isList, isObject, type Json, jsonObject, type JsonObject } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";

export type Permission = "read-write" | "read-only" | "write-only";

/** With both options write-only wins. Only the command `policy` accepts both. */
export function permissionOf(options: OptionValues): Permission {
  if (hasOption(options, "write-only")) return "write-only";
  return hasOption(options, "read-only") ? "read-only" : "read-write";
}

/** What a generated policy is made from. */
export interface Grant {
  readonly permission: Permission;
  /** None: every key. */
  readonly prefixes: readonly string[];
  readonly partition: string;
}

const templates = {
  "read-write": readWritePolicy,
  "read-only": readOnlyPolicy,
  "write-only": writeOnlyPolicy,
} as const satisfies Record<Permission, unknown>;

/** The template's statements for one bucket. */
export function bucketStatements(bucket: string, { permission, prefixes, partition }: Grant): readonly Json[] {
  return statementsOf(fromPlain(templates[permission](bucket, { alsoPrefixes: prefixes, partition })));
}

/** The bucket policy that lets everyone read. */
export function publicPolicy(bucket: string, partition: string): Json {
  return fromPlain(publicBucketPolicy(bucket, { partition }));
}

export function policyOf(statements: readonly Json[]): JsonObject {
  return jsonObject({ Version: "2012-10-17", Statement: statements });
}

export function statementsOf(document: Json): readonly Json[] {
  const statements = isObject(document) ? document.get("Statement") : undefined;
  if (statements === undefined) return [];
  return isList(statements) ? statements : [statements];
}

/**
 * Several documents as one: the first one's `Version` and `Id`, the statements of all. Equal documents count once; a `Sid`
 * that comes again gets a number, because it must be unique in a policy.
 */
export function joinDocuments(documents: readonly JsonObject[]): JsonObject {
  const [first, ...others] = [...new Map(documents.map((document) => [dumps(document), document])).values()];
  if (first === undefined) return policyOf([]);
  if (others.length === 0) return first;
  const joined = new Map(first);
  joined.set("Statement", withUniqueSids([first, ...others].flatMap(statementsOf)));
  return joined;
}

function withUniqueSids(statements: readonly Json[]): readonly Json[] {
  const used = new Set<Json>();
  return statements.map((statement) => {
    const sid = isObject(statement) ? statement.get("Sid") : undefined;
    if (!isObject(statement) || typeof sid !== "string") return statement;
    let unique = sid;
    for (let count = 2; used.has(unique); count += 1) unique = `${sid}${count}`;
    used.add(unique);
    return unique === sid ? statement : new Map([...statement, ["Sid", unique]]);
  });
}

/** Statements that differ in `Resource` alone become one with all their resources: the same rights in fewer characters. */
export function mergeStatements(document: JsonObject): JsonObject {
  const groups = new Map<string, { readonly statement: JsonObject; readonly resources: Set<Json> }>();
  const merged: (Json | (() => Json))[] = [];
  for (const statement of statementsOf(document)) {
    const resources = isObject(statement) ? resourcesOf(statement) : undefined;
    if (!isObject(statement) || resources === undefined) {
      merged.push(statement);
      continue;
    }
    const key = dumps(new Map([...statement].filter(([name]) => name !== "Resource")));
    const group = groups.get(key);
    if (group === undefined) {
      const started = { statement, resources: new Set(resources) };
      groups.set(key, started);
      merged.push(() => new Map([...statement, ["Resource", [...started.resources]]]));
    } else {
      for (const resource of resources) group.resources.add(resource);
    }
  }
  return new Map([...document, ["Statement", merged.map((item) => (typeof item === "function" ? item() : item))]]);
}

function resourcesOf(statement: JsonObject): readonly Json[] | undefined {
  const resource = statement.get("Resource");
  if (typeof resource === "string") return [resource];
  return isList(resource) && resource.every((item) => typeof item === "string") ? resource : undefined;
}

/** As it is sent: no white space that counts against a quota, ASCII only. */
export function compact(document: Json): string {
  return dumps(document).replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, quoted: string | undefined) => quoted ?? "");
}
