import { type AccessLevel, resourceOf, serviceActions, usualBucketActions } from "@s3-credentials/policy";
import { levels } from "../levels.ts";
import type { Who, WhoKind } from "../who.ts";

/** What the map shows: kept in the address of the page, so that a link shows the same. */
export interface MapQuestion {
  readonly level: "usual" | "chosen" | AccessLevel;
  /** Of the level `chosen`. */
  readonly actions: readonly string[];
  readonly kind: "all" | WhoKind;
  /** A part of a name. */
  readonly name: string;
  /** A key, or the beginning of keys with a star. */
  readonly keys: string;
}

const kinds = ["user", "role", "outside"] as const satisfies WhoKind[];

export function readMapQuestion(parameters: URLSearchParams): MapQuestion {
  const text = (name: string): string => parameters.get(name) ?? "";
  return {
    level: [...levels, "chosen" as const].find((one) => one === text("level")) ?? "usual",
    actions: text("actions").split(",").filter(isBucketAction),
    kind: kinds.find((one) => one === text("kind")) ?? "all",
    name: text("name"),
    keys: keysProblem(text("keys")) === undefined && text("keys") !== "" ? text("keys") : "*",
  };
}

/** What is as it is without asking is left out. */
export function mapParameters({ level, actions, kind, name, keys }: MapQuestion): URLSearchParams {
  const all = {
    level: level === "usual" ? "" : level,
    actions: level === "chosen" ? actions.join(",") : "",
    kind: kind === "all" ? "" : kind,
    name,
    keys: keys === "*" ? "" : keys,
  };
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value !== ""));
}

/** Why the objects cannot be asked about so. */
export function keysProblem(keys: string): string | undefined {
  return /[*?]/.test(keys.replace(/\*$/, ""))
    ? "Write a key, or the beginning of keys with one * at its end."
    : undefined;
}

/** Those on buckets and on objects. */
export const bucketActions = (serviceActions("s3") ?? []).filter(
  ({ name }) => resourceOf(name, { bucket: "b", keys: "*", partition: "aws" }) !== "*",
);

function isBucketAction(action: string): boolean {
  return bucketActions.some(({ name }) => name === action);
}

/** The columns of the map. */
export function actionsOf({ level, actions }: Pick<MapQuestion, "level" | "actions">): readonly string[] {
  if (level === "usual") return usualBucketActions;
  if (level === "chosen") return actions;
  return bucketActions.filter(({ access }) => access === level).map(({ name }) => name);
}

export function isAsked({ kind, name }: Pick<MapQuestion, "kind" | "name">, who: Who): boolean {
  return (kind === "all" || kind === who.kind) && who.name.toLowerCase().includes(name.toLowerCase());
}
