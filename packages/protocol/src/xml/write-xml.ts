export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly content: readonly (XmlNode | string)[];
}

export type XmlContent = string | number | boolean | XmlNode | readonly (XmlNode | undefined)[];

/** `element("Key", "a&b")`, `element("Owner", [element("ID", id)])`; undefined items are left out. */
export function element(
  name: string,
  content: XmlContent = "",
  attributes: Readonly<Record<string, string>> = {},
): XmlNode {
  if (typeof content !== "object") return { name, attributes, content: [String(content)] };
  const items = "name" in content ? [content] : content.filter((item) => item !== undefined);
  return { name, attributes, content: items };
}

/** With the XML declaration. */
export function renderXml(root: XmlNode): string {
  return [...xmlPieces(root, Number.POSITIVE_INFINITY)].join("");
}

/** The same text in pieces of `size` characters and a little more. Each is made when it is asked for. */
export function* xmlPieces(root: XmlNode, size: number): Generator<string> {
  let piece = `<?xml version="1.0" encoding="UTF-8"?>\n`;
  const open: { readonly node: XmlNode; next: number }[] = [];
  for (let item: XmlNode | string | undefined = root; item !== undefined; item = nextItem()) {
    if (typeof item === "string") piece += escape(item);
    else if (item.content.every((one) => one === "")) piece += `<${item.name}${attributesOf(item)}/>`;
    else {
      piece += `<${item.name}${attributesOf(item)}>`;
      open.push({ node: item, next: 0 });
    }
    if (piece.length < size) continue;
    yield piece;
    piece = "";
  }
  yield piece;

  /** The next item in the order of the document; closes the elements that end before it. */
  function nextItem(): XmlNode | string | undefined {
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      const item = last.node.content[last.next];
      last.next += 1;
      if (item !== undefined) return item;
      piece += `</${last.node.name}>`;
      open.pop();
    }
    return undefined;
  }
}

function attributesOf({ attributes }: XmlNode): string {
  return Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escape(value)}"`)
    .join("");
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/**
 * Writes carriage returns as references, because a reader would make line feeds of them otherwise. Characters XML 1.0 does not have (most
 * controls) go out as references too, as S3 does; `encoding-type=url` is for clients whose parser refuses them.
 */
function escape(text: string): string {
  if (!/[&<>"\u0000-\u001f\u007f-\u009f\ufffe\uffff]/.test(text)) return text;
  return text.replace(
    /[&<>"\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g,
    (character) => entities[character] ?? `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`,
  );
}
