import { isList, isObject, type Json } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { CommandError } from "../command-line/failures.ts";
import { lineDiff } from "../output/line-diff.ts";
import { documentOf } from "../service/document.ts";
import type { NamedPolicy } from "./create-request.ts";

/** A user that exists, with its access keys and its inline policies. */
export interface KeyedUser {
  readonly name: string;
  readonly keys: readonly string[];
  /** Texts of its inline policies by name. */
  readonly policies: ReadonlyMap<string, string>;
}

/**
 * Throws when the rights of a key in use would change without being asked for. `allowed`: the same policies with the end that they had,
 * when a new end was asked for. The error shows the difference.
 */
export function refuseChange(user: KeyedUser, wanted: readonly NamedPolicy[], allowed: readonly NamedPolicy[]): void {
  if (user.keys.length === 0) return;
  for (const { name, document } of wanted) {
    const text = user.policies.get(name);
    if (text === undefined) continue;
    const before = documentOf(text);
    const accepted = [document, ...allowed.filter((policy) => policy.name === name).map((policy) => policy.document)];
    if (accepted.some((other) => isSamePolicy(before, other.value))) continue;
    throw new CommandError(
      `policy ${name} of user ${user.name} would change, and with it what the access keys in use (${user.keys.join(", ")}) may do; use --username NAME for another user, or --replace-policy to change it`,
      {
        details: [
          `--- policy ${name} of user ${user.name} as it is`,
          `+++ as asked`,
          ...lineDiff(dumps(before, 4).split("\n"), dumps(document.value, 4).split("\n")),
        ],
      },
    );
  }
}

/** In a policy the order of statements and values has no meaning, and a list of one value is the same as the value. */
export function isSamePolicy(one: Json, other: Json): boolean {
  return dumps(normalized(one)) === dumps(normalized(other));
}

function normalized(value: Json): Json {
  if (isList(value)) {
    const items = value.map(normalized).sort((a, b) => (dumps(a) < dumps(b) ? -1 : 1));
    return items.length === 1 ? (items[0] ?? null) : items;
  }
  if (!isObject(value)) return value;
  return new Map(
    [...value].map(([key, item]) => [key, normalized(item)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
