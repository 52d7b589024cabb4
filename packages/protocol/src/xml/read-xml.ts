import { SaxesParser } from "saxes";

export interface XmlElement {
  /** Local name, without a namespace prefix. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All character data directly inside, nothing trimmed. */
  readonly text: string;
}

export interface XmlLimits {
  /** Octets. */
  readonly size?: number;
  readonly depth?: number;
  readonly elements?: number;
}

interface Open {
  name: string;
  attributes: ReadonlyMap<string, string>;
  children: XmlElement[];
  text: string;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Strict: well-formed UTF-8 XML without DOCTYPE, so there are no entities but XML's own five. Never throws. */
export function readXml(source: string | Buffer, limits: XmlLimits = {}): XmlElement | { readonly error: string } {
  const { size = 1024 * 1024, depth = 32, elements = 100_000 } = limits;
  if (Buffer.byteLength(source) > size) return { error: "the document is too large" };
  let text: string;
  try {
    text = typeof source === "string" ? source : decoder.decode(source);
  } catch {
    return { error: "the document is not UTF-8" };
  }
  return new Reader(depth, elements).read(text);
}

class Reader {
  readonly #depth: number;
  #left: number;
  readonly #open: Open[] = [];
  #root: XmlElement | undefined;
  #error: string | undefined;

  constructor(depth: number, elements: number) {
    this.#depth = depth;
    this.#left = elements;
  }

  read(text: string): XmlElement | { readonly error: string } {
    const parser = new SaxesParser();
    parser.on("error", (error) => this.#fail(error.message));
    parser.on("doctype", () => this.#fail("a DOCTYPE is not allowed"));
    parser.on("opentag", ({ name, attributes }) => this.#enter(name, attributes));
    parser.on("closetag", () => this.#leave());
    parser.on("text", (data) => this.#append(data));
    parser.on("cdata", (data) => this.#append(data));
    try {
      parser.write(text).close();
    } catch (error) {
      this.#error ??= error instanceof Error ? error.message : "not well-formed";
    }
    if (this.#error !== undefined) return { error: this.#error };
    return this.#root ?? { error: "the document is empty" };
  }

  /** Stops the parser at the first fault. */
  #fail(error: string): never {
    this.#error ??= error;
    throw new Error(error);
  }

  #enter(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#left -= 1;
    if (this.#left < 0) this.#fail("the document has too many elements");
    if (this.#open.length >= this.#depth) this.#fail("the document is nested too deeply");
    this.#open.push({
      name: name.slice(name.indexOf(":") + 1),
      attributes: new Map(Object.entries(attributes)),
      children: [],
      text: "",
    });
  }

  #leave(): void {
    const element = this.#open.pop();
    if (element === undefined) return;
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
  }

  #append(data: string): void {
    const current = this.#open.at(-1);
    if (current !== undefined) current.text += data;
  }
}

/** The first child of that name. */
export function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((one) => one.name === name);
}

export function children(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((one) => one.name === name);
}

/** The element's own text, or that of its first child of a name; undefined when there is no such child. */
export function textOf(element: XmlElement): string;
export function textOf(element: XmlElement, name: string): string | undefined;
export function textOf(element: XmlElement, name?: string): string | undefined {
  return name === undefined ? element.text : child(element, name)?.text;
}
