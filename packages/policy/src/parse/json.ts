/** Strict JSON (RFC 8259) with the place of every value. Duplicate keys, trailing commas and comments are errors. */
import type { Span } from "../model/policy.ts";

/** A value of a document. */
export type JsonNode =
  | { readonly kind: "object"; readonly members: readonly JsonMember[]; readonly span: Span }
  | { readonly kind: "array"; readonly items: readonly JsonNode[]; readonly span: Span }
  | { readonly kind: "string"; readonly value: string; readonly span: Span }
  /** `text` as written. */
  | { readonly kind: "number"; readonly text: string; readonly span: Span }
  | { readonly kind: "boolean"; readonly value: boolean; readonly span: Span }
  | { readonly kind: "null"; readonly span: Span };

/** One name of an object, with its value. */
export interface JsonMember {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: JsonNode;
}

/** Why a text is not strict JSON, and where. */
export interface JsonFault {
  readonly code: "invalid-json" | "duplicate-key" | "too-deep";
  readonly span: Span;
  readonly message: string;
  readonly help?: string;
}

const deepest = 32;
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const whitePattern = /[ \t\n\r]*/y;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Carries a fault up to `readJson`, which is the only one to see it. */
class Stop extends Error {
  readonly fault: JsonFault;
  constructor(fault: JsonFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** A document, or the first thing that is wrong with it. */
export function readJson(text: string): { readonly node: JsonNode } | { readonly fault: JsonFault } {
  const scanner = new Scanner(text);
  try {
    return { node: scanner.document() };
  } catch (error) {
    if (error instanceof Stop) return { fault: error.fault };
    throw error;
  }
}

class Scanner {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonNode {
    const node = this.#value();
    if (this.#at < this.#text.length) this.#fail("unexpected text after the document");
    return node;
  }

  #fail(message: string, help?: string): never {
    const end = Math.min(this.#at + 1, this.#text.length);
    throw new Stop({
      code: "invalid-json",
      span: { start: this.#at, end },
      message,
      ...(help === undefined ? {} : { help }),
    });
  }

  #skipWhite(): void {
    whitePattern.lastIndex = this.#at;
    this.#at += whitePattern.exec(this.#text)?.[0].length ?? 0;
  }

  #value(): JsonNode {
    this.#skipWhite();
    const node = this.#bareValue();
    this.#skipWhite();
    return node;
  }

  #bareValue(): JsonNode {
    const start = this.#at;
    switch (this.#text.charAt(start)) {
      case "{":
        return this.#nested(() => this.#object(start));
      case "[":
        return this.#nested(() => this.#array(start));
      case '"': {
        const value = this.#string();
        return { kind: "string", value, span: { start, end: this.#at } };
      }
      case "t":
      case "f":
      case "n":
        return this.#word(start);
      case "":
        return this.#fail("the document ends too early");
      default:
        return this.#number(start);
    }
  }

  #nested(read: () => JsonNode): JsonNode {
    this.#depth += 1;
    if (this.#depth > deepest) {
      const span = { start: this.#at, end: this.#at + 1 };
      throw new Stop({ code: "too-deep", span, message: `values are nested deeper than ${deepest} levels` });
    }
    const node = read();
    this.#depth -= 1;
    return node;
  }

  #object(start: number): JsonNode {
    const members: JsonMember[] = [];
    const seen = new Set<string>();
    this.#at += 1;
    this.#skipWhite();
    while (this.#text.charAt(this.#at) !== "}") {
      const keyStart = this.#at;
      if (this.#text.charAt(keyStart) !== '"') this.#fail("expected a name in double quotes");
      const key = this.#string();
      const keySpan = { start: keyStart, end: this.#at };
      if (seen.has(key)) throw new Stop({ code: "duplicate-key", span: keySpan, message: `duplicate key \`${key}\`` });
      seen.add(key);
      this.#skipWhite();
      if (this.#text.charAt(this.#at) !== ":") this.#fail("expected `:` after a name");
      this.#at += 1;
      members.push({ key, keySpan, value: this.#value() });
      this.#separator("}");
    }
    this.#at += 1;
    return { kind: "object", members, span: { start, end: this.#at } };
  }

  #array(start: number): JsonNode {
    const items: JsonNode[] = [];
    this.#at += 1;
    this.#skipWhite();
    while (this.#text.charAt(this.#at) !== "]") {
      items.push(this.#value());
      this.#separator("]");
    }
    this.#at += 1;
    return { kind: "array", items, span: { start, end: this.#at } };
  }

  #separator(close: string): void {
    const next = this.#text.charAt(this.#at);
    if (next === close) return;
    if (next !== ",") this.#fail(next === "" ? "the document ends too early" : `expected \`,\` or \`${close}\``);
    this.#at += 1;
    this.#skipWhite();
    if (this.#text.charAt(this.#at) === close)
      this.#fail(`trailing comma before \`${close}\``, "remove the comma: JSON has none after the last value");
  }

  #string(): string {
    let value = "";
    this.#at += 1;
    for (;;) {
      const character = this.#text.charAt(this.#at);
      if (character === "") this.#fail("a string without its closing quote");
      if (character < " ") this.#fail("a control character inside a string", "write it as an escape such as `\\n`");
      this.#at += 1;
      if (character === '"') return value;
      value += character === "\\" ? this.#escape() : character;
    }
  }

  /** The backslash is read; a fault is placed at it. */
  #escape(): string {
    const letter = this.#text.charAt(this.#at);
    if (letter === "") this.#fail("a string without its closing quote");
    const escaped = letter === "u" ? this.#codeUnit() : Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
    if (escaped === undefined) {
      this.#at -= 1;
      this.#fail(letter === "u" ? "`\\u` without four hexadecimal digits" : "an escape JSON does not know");
    }
    this.#at += letter === "u" ? 5 : 1;
    return escaped;
  }

  #codeUnit(): string | undefined {
    const hex = this.#text.slice(this.#at + 1, this.#at + 5);
    return /^[0-9a-fA-F]{4}$/.test(hex) ? String.fromCharCode(Number.parseInt(hex, 16)) : undefined;
  }

  #word(start: number): JsonNode {
    for (const [word, node] of [
      ["true", { kind: "boolean", value: true }],
      ["false", { kind: "boolean", value: false }],
      ["null", { kind: "null" }],
    ] as const) {
      if (!this.#text.startsWith(word, start)) continue;
      this.#at += word.length;
      return { ...node, span: { start, end: this.#at } };
    }
    return this.#fail("expected a value");
  }

  #number(start: number): JsonNode {
    numberPattern.lastIndex = start;
    const text = numberPattern.exec(this.#text)?.[0];
    if (text === undefined) return this.#fail("expected a value");
    this.#at += text.length;
    return { kind: "number", text, span: { start, end: this.#at } };
  }
}
