import { SaxesParser } from "saxes";

export interface XmlElement {
  /** Local name, without a namespace prefix. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All character data directly inside, nothing trimmed. */
  readonly text: string;
}

/** What a document may have. Each limit stops the parser where it is exceeded, so that the rest costs nothing. */
export interface XmlLimits {
  /** Bytes. */
  readonly size?: number;
  readonly depth?: number;
  readonly elements?: number;
  /** Of the whole document; declarations of namespaces are attributes too. */
  readonly attributes?: number;
  /** Control characters but U+0000, and U+FFFE and U+FFFF: XML 1.0 has none. S3 writes references to those of keys, Ceph the characters. */
  readonly controls?: boolean;
}

export interface XmlFault {
  readonly error: string;
  /** How many characters were read until then. */
  readonly position: number;
}

interface Open {
  name: string;
  attributes: ReadonlyMap<string, string>;
  children: XmlElement[];
  text: string;
}

const none: ReadonlyMap<string, string> = new Map();

/** How the parser says that a character, or one that a reference is to, is none of XML 1.0. It goes on then, unless it is stopped. */
const disallowedCharacter = "disallowed character.";
const malformedReference = "malformed character entity.";

/** What XML 1.0 leaves out. https://www.w3.org/TR/xml/#charsets */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const control = /^[\u0001-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]$/;

/** Strict: well-formed UTF-8 XML without DOCTYPE, so there are no entities but XML's own five. Never throws. */
export function readXml(source: string | Buffer, limits: XmlLimits = {}): XmlElement | XmlFault {
  const reader = new XmlReader(limits);
  reader.write(source);
  return reader.end();
}

/** `readXml` for a document that is handed over piece by piece, so that its reader can pause between pieces. */
export class XmlReader {
  readonly #limits: Required<XmlLimits>;
  readonly #parser = new SaxesParser();
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #open: Open[] = [];
  #size = 0;
  #elements = 0;
  #attributes = 0;
  #opening: Map<string, string> | undefined;
  #root: XmlElement | undefined;
  #fault: XmlFault | undefined;
  /** The text that the parser reads has a reference that it left as it is. */
  #hasUnread = false;

  constructor({
    size = 1024 * 1024,
    depth = 32,
    elements = 100_000,
    attributes = 100_000,
    controls = false,
  }: XmlLimits = {}) {
    this.#limits = { size, depth, elements, attributes, controls };
    const parser = this.#parser;
    parser.on("error", ({ message }) => {
      const isReference = message.endsWith(malformedReference);
      if (!controls || !(isReference || message.endsWith(disallowedCharacter))) this.#fail(message);
      this.#hasUnread ||= isReference;
    });
    parser.on("doctype", () => this.#fail("a DOCTYPE is not allowed"));
    // The parser has read a name and no attribute yet.
    parser.on("opentagstart", () => this.#count());
    // One by one: once the tag is complete, the parser has kept all of them.
    parser.on("attribute", ({ name, value }) => this.#attribute(name, value));
    parser.on("opentag", ({ name }) => this.#enter(name));
    parser.on("closetag", () => this.#leave());
    parser.on("text", (data) => this.#append(data));
    parser.on("cdata", (data) => this.#append(data));
  }

  /** Reads one more piece of the document. False: the document is refused, and what follows is not looked at. */
  write(piece: string | Buffer): boolean {
    if (this.#fault !== undefined) return false;
    this.#size += Buffer.byteLength(piece);
    if (this.#size > this.#limits.size) return this.#refuse("the document is too large");
    const text = typeof piece === "string" ? piece : this.#decode(piece);
    return text !== undefined && this.#attempt(() => this.#parser.write(text));
  }

  /** The root element, or why the document is refused. */
  end(): XmlElement | XmlFault {
    const rest = this.#fault === undefined ? this.#decode() : undefined;
    if (rest !== undefined) this.#attempt(() => this.#parser.write(rest).close());
    if (this.#root === undefined) this.#refuse("the document is empty");
    return this.#fault ?? this.#root ?? { error: "the document is empty", position: 0 };
  }

  #decode(piece?: Buffer): string | undefined {
    try {
      return piece === undefined ? this.#decoder.decode() : this.#decoder.decode(piece, { stream: true });
    } catch {
      this.#refuse("the document is not UTF-8");
      return undefined;
    }
  }

  #attempt(work: () => unknown): boolean {
    try {
      work();
      return true;
    } catch (error) {
      return this.#refuse(error instanceof Error ? error.message : "not well-formed");
    }
  }

  /** Keeps the first fault. */
  #refuse(error: string): false {
    this.#fault ??= { error, position: this.#parser.position };
    return false;
  }

  /** Stops the parser where it is. */
  #fail(error: string): never {
    this.#refuse(error);
    throw new Error(error);
  }

  #count(): void {
    this.#elements += 1;
    if (this.#elements > this.#limits.elements) this.#fail("the document has too many elements");
    if (this.#open.length >= this.#limits.depth) this.#fail("the document is nested too deeply");
    this.#opening = undefined;
  }

  #attribute(name: string, value: string): void {
    if (this.#hasUnread || value.includes("\0")) this.#fail(disallowedCharacter);
    this.#attributes += 1;
    if (this.#attributes > this.#limits.attributes) this.#fail("the document has too many attributes");
    this.#opening ??= new Map();
    if (this.#opening.has(name)) this.#fail(`duplicate attribute: ${name}`);
    this.#opening.set(name, value);
  }

  #enter(name: string): void {
    const attributes = this.#opening ?? none;
    this.#open.push({ name: name.slice(name.indexOf(":") + 1), attributes, children: [], text: "" });
  }

  #leave(): void {
    const element = this.#open.pop();
    if (element === undefined) return;
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
  }

  #append(data: string): void {
    if (data.includes("\0")) this.#fail(disallowedCharacter);
    const current = this.#open.at(-1);
    if (current !== undefined) current.text += this.#hasUnread ? this.#withControls(data) : data;
    this.#hasUnread = false;
  }

  /** The parser has read all references but those that it does not allow. */
  #withControls(text: string): string {
    return text.replace(/&#([^;]*);/g, (_, of: string) => {
      const code = /^(?:\d+|x[\da-fA-F]+)$/.test(of) ? Number(of.replace(/^x/, "0x")) : Number.NaN;
      return code <= 0xffff && control.test(String.fromCharCode(code))
        ? String.fromCharCode(code)
        : this.#fail(malformedReference);
    });
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
