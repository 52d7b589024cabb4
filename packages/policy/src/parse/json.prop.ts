/** The reader against the runtime's: it takes what `JSON.parse` takes but for duplicate keys and deep nesting. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JsonNode, readJson } from "./json.ts";

const numRuns = Number(process.env["TEST_RUNS"] ?? 500);

/** Plain values; a key such as `__proto__` stays a key. */
function valueOf(node: JsonNode): unknown {
  switch (node.kind) {
    case "object":
      return Object.fromEntries(node.members.map(({ key, value }) => [key, valueOf(value)]));
    case "array":
      return node.items.map(valueOf);
    case "string":
    case "boolean":
      return node.value;
    case "number":
      return Number(node.text);
    case "null":
      return null;
  }
}

/** Every node's span is its own text, inside its parent's and after its elder sibling's. */
function expectSpans(node: JsonNode, text: string): void {
  const own = text.slice(node.span.start, node.span.end);
  expect(own.trim()).toBe(own);
  expect(valueOf(node)).toEqual(JSON.parse(own));
  let from = node.span.start + 1;
  const inside = (span: { readonly start: number; readonly end: number }): void => {
    expect(span.start).toBeGreaterThanOrEqual(from);
    expect(span.end).toBeGreaterThan(span.start);
    expect(span.end).toBeLessThan(node.span.end);
    from = span.end;
  };
  if (node.kind === "array") {
    for (const item of node.items) {
      inside(item.span);
      expectSpans(item, text);
    }
  }
  if (node.kind === "object") {
    for (const { key, keySpan, value } of node.members) {
      inside(keySpan);
      expect(JSON.parse(text.slice(keySpan.start, keySpan.end))).toBe(key);
      inside(value.span);
      expectSpans(value, text);
    }
  }
}

function runtimeReads(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const anyValue = fc.jsonValue({ stringUnit: "binary", maxDepth: 5 });
const indent = fc.constantFrom(undefined, 1, "\t", "\r\n ");
const valid = fc.tuple(anyValue, indent).map(([value, space]) => JSON.stringify(value, null, space));

const shards = fc.constantFrom(
  ..."{}[],:\"\\/ \t\n\r-+.0123eEu'\u0000\ud800\ufeff\u00a0\u2028".split(""),
  ...'true false null "a" \\u00 1e5 // NaN "\\ "a\\'.split(" "),
);
const soup = fc.array(shards, { maxLength: 14 }).map((all) => all.join(""));
const mutated = fc
  .tuple(valid, fc.nat(), fc.nat({ max: 3 }), fc.oneof(shards, fc.constant("")))
  .map(([text, place, removed, put]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + put + text.slice(at + removed);
  });

describe("reading JSON", () => {
  test("gives the values and the places of what was written", () => {
    fc.assert(
      fc.property(valid, (text) => {
        const read = readJson(text);
        if ("fault" in read) throw new Error(`${text}: ${read.fault.message}`);
        expectSpans(read.node, text);
      }),
      { numRuns },
    );
  });

  test("refuses what the runtime refuses, and duplicate keys; the fault is inside the text", () => {
    fc.assert(
      fc.property(fc.oneof(soup, mutated, fc.string({ unit: "binary" })), (text) => {
        const read = readJson(text);
        if ("node" in read) {
          expect(valueOf(read.node)).toEqual(JSON.parse(text));
          return;
        }
        const { code, span } = read.fault;
        expect(span.start).toBeGreaterThanOrEqual(0);
        expect(span.end).toBeGreaterThanOrEqual(span.start);
        expect(span.end).toBeLessThanOrEqual(text.length);
        // Only a text that ends too early has its fault at no character.
        if (span.start === span.end) expect(span.start).toBe(text.length);
        if (code === "invalid-json") expect(runtimeReads(text)).toBe(false);
        if (code === "duplicate-key") {
          const key = text.slice(span.start, span.end);
          expect(typeof JSON.parse(key)).toBe("string");
        }
      }),
      { numRuns: numRuns * 4 },
    );
  });

  test("finds a duplicate key, however it is written", () => {
    const escaped = (key: string): string =>
      `"${[...key].map((one) => [...Array(one.length).keys()].map((at) => `\\u${one.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")).join("")}"`;
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), valid, valid, (key, first, second) => {
        const again = escaped(key);
        const text = `{${JSON.stringify(key)}: ${first}, ${again}: ${second}}`;
        const read = readJson(text);
        if ("node" in read) throw new Error(`${text} is taken`);
        expect(read.fault.code).toBe("duplicate-key");
        expect(text.slice(read.fault.span.start, read.fault.span.end)).toBe(again);
      }),
      { numRuns },
    );
  });
});
