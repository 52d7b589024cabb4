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
  return `<?xml version="1.0" encoding="UTF-8"?>\n${renderNode(root)}`;
}

function renderNode({ name, attributes, content }: XmlNode): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escape(value)}"`)
    .join("");
  let inside = "";
  for (const item of content) inside += typeof item === "string" ? escape(item) : renderNode(item);
  return inside === "" ? `<${name}${written}/>` : `<${name}${written}>${inside}</${name}>`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/**
 * Carriage returns as references, else a reader makes line feeds of them. Characters XML 1.0 does not have (most controls) go
 * out as references too, as S3 does; `encoding-type=url` is for clients whose parser refuses them.
 */
function escape(text: string): string {
  if (!/[&<>"\u0000-\u001f\u007f-\u009f\ufffe\uffff]/.test(text)) return text;
  return text.replace(
    /[&<>"\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g,
    (character) => entities[character] ?? `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`,
  );
}
