import { fromPlain, isObject } from "../formats/json.ts";
import { type Entity, makeEntity } from "./configuration.ts";
import type { Kind } from "./layout.ts";

/** From plain data, as the SDK answers it. */
export function entityOf(kind: Kind, name: string, members: Readonly<Record<string, unknown>>): Entity {
  const value = fromPlain(members);
  return makeEntity(kind, name, isObject(value) ? value : new Map());
}
