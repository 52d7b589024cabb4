/** Documents of S3 as the JSON that the AWS CLI takes: they are shown, edited and sent without a loss. */
import { isRecord } from "@s3-credentials/policy";
import { childOf, childrenOf, element, type TreeNode } from "./tree.ts";

/** What an element has. Members have the names of the JSON; where the element has another, the shape says so. */
export type Shape =
  | "text"
  | "number"
  | "flag"
  | {
      readonly members: Readonly<Record<string, MemberShape>>;
      /** Without these, the gateway says only that the document is malformed. */
      readonly required?: readonly string[];
    };

type MemberShape = Shape | ListShape | NamedShape;

interface NamedShape {
  readonly element: string;
  readonly of: Shape;
}

export interface ListShape {
  readonly item: string;
  readonly of: Shape;
  /** The items are inside an element of the list's own name. */
  readonly wrapped?: true;
}

const isList = (shape: MemberShape): shape is ListShape => typeof shape === "object" && "item" in shape;

/** The element of a member that is no list, and its shape. */
function elementOf(name: string, shape: Shape | NamedShape): NamedShape {
  return typeof shape === "object" && "element" in shape ? shape : { element: name, of: shape };
}

/** @throws for an element that the shape does not have: it would be lost when the document is saved. */
export function jsonOf(shape: Shape, node: TreeNode): unknown {
  if (typeof shape === "string") {
    const text = node.content.filter((item) => typeof item === "string").join("");
    return shape === "number" ? Number(text) : shape === "flag" ? text === "true" : text;
  }
  const known = Object.entries(shape.members);
  const names = new Set(
    known.map(([name, of]) => (!isList(of) ? elementOf(name, of).element : of.wrapped === true ? name : of.item)),
  );
  const strange = node.content.find((item) => typeof item === "object" && !names.has(item.name));
  if (typeof strange === "object")
    throw new Error(`The document has ${strange.name}, which this page does not know. Change it with the AWS CLI.`);
  return Object.fromEntries(
    known.flatMap(([name, of]) => {
      if (!isList(of)) {
        const named = elementOf(name, of);
        const [child] = childrenOf(node, named.element);
        return child === undefined ? [] : [[name, jsonOf(named.of, child)]];
      }
      const items = childrenOf(of.wrapped === true ? childOf(node, name) : node, of.item);
      return items.length === 0 ? [] : [[name, items.map((item) => jsonOf(of.of, item))]];
    }),
  );
}

/** What is wrong with JSON that somebody wrote; undefined: nothing. `place`: "Rules/0", for the words. */
export function problemIn(shape: MemberShape, value: unknown, place = ""): string | undefined {
  const at = place === "" ? "It" : place;
  if (isList(shape)) {
    if (!Array.isArray(value)) return `${at} must be a list.`;
    return value.map((item, index) => problemIn(shape.of, item, `${place}/${index}`)).find((one) => one !== undefined);
  }
  if (typeof shape === "object" && "element" in shape) return problemIn(shape.of, value, place);
  if (shape === "text") return typeof value === "string" ? undefined : `${at} must be a text.`;
  if (shape === "number") return typeof value === "number" ? undefined : `${at} must be a number.`;
  if (shape === "flag") return typeof value === "boolean" ? undefined : `${at} must be true or false.`;
  if (!isRecord(value)) return `${at} must be an object.`;
  const missing = shape.required?.find((name) => value[name] === undefined);
  if (missing !== undefined) return `${at} needs ${missing}.`;
  for (const [name, item] of Object.entries(value)) {
    const of = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
    if (of === undefined) return `${at} has ${name}; it can have ${Object.keys(shape.members).join(", ")}.`;
    const problem = problemIn(of, item, place === "" ? name : `${place}/${name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** JSON in which `problemIn` found nothing, as an element. */
export function nodeOf(shape: Shape, name: string, value: unknown): TreeNode {
  if (typeof shape === "string") return element(name, String(value));
  const members = isRecord(value) ? value : {};
  return element(
    name,
    Object.entries(shape.members).flatMap(([member, of]) => {
      const item = members[member];
      if (item === undefined) return [];
      if (!isList(of)) {
        const named = elementOf(member, of);
        return [nodeOf(named.of, named.element, item)];
      }
      const nodes = (Array.isArray(item) ? item : []).map((one) => nodeOf(of.of, of.item, one));
      return of.wrapped === true ? [element(member, nodes)] : nodes;
    }),
  );
}
