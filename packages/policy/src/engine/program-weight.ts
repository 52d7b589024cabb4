import type { Policy, TextPattern } from "../model/policy.ts";

/** Bytes of heap, measured on documents that hold as many of one thing as fit, after each of their actions was asked. */
const DOCUMENT = 2000;
const STATEMENT = 2900;
const ACTION = 250;
const RESOURCE = 1900;
const CONDITION = 1500;
const VALUE = 700;
const PART = 200;

/** The memory that the program of a document needs, estimated from the document. */
export function programWeight({ statements }: Policy): number {
  let weight = DOCUMENT;
  for (const { action, resource, principal, conditions } of statements) {
    weight += STATEMENT + ACTION * (action.patterns.length + (principal?.entries.length ?? 0));
    for (const pattern of resource?.patterns ?? []) weight += RESOURCE + sizeOf(pattern);
    for (const { values } of conditions) {
      weight += CONDITION;
      for (const value of values) weight += VALUE + sizeOf(value);
    }
  }
  return weight;
}

/** A long literal has a table of numbers once it has been searched for. */
function sizeOf({ text, parts }: TextPattern): number {
  return PART * parts.length + 9 * text.length;
}
