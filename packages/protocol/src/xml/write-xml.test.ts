import { expect, test } from "vitest";
import { element, renderXml, xmlPieces } from "./write-xml.ts";

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

test.each([
  [element("A"), "<A/>"],
  [element("A", ""), "<A/>"],
  [element("A", []), "<A/>"],
  [element("A", 0), "<A>0</A>"],
  [element("A", false), "<A>false</A>"],
  [element("A", element("B", "c")), "<A><B>c</B></A>"],
  [element("A", [undefined, element("B", 1), undefined]), "<A><B>1</B></A>"],
  [element("A", "b", { xmlns: "urn:c" }), '<A xmlns="urn:c">b</A>'],
  [element("A", `<&>"'`), "<A>&lt;&amp;&gt;&quot;'</A>"],
  [element("A", "b", { c: `<&>"'` }), `<A c="&lt;&amp;&gt;&quot;'">b</A>`],
  [element("A", "]]>"), "<A>]]&gt;</A>"],
  [element("A", "a\tb\nc"), "<A>a\tb\nc</A>"],
  [element("A", "a\rb\u0001c\u007f\u0085\uffff"), "<A>a&#xD;b&#x1;c&#x7F;&#x85;&#xFFFF;</A>"],
  [element("A", "ü😀"), "<A>ü😀</A>"],
])("%j", (node, text) => {
  expect(renderXml(node)).toBe(declaration + text);
  expect([...xmlPieces(node, 1)].join("")).toBe(declaration + text);
});

test("pieces are of about the size asked for, and made one by one", () => {
  const keys = Array.from({ length: 1000 }, (_, index) => element("Key", `${index}${"&".repeat(100)}`));
  let escaped = 0;
  const counted = keys.map((key) => ({
    ...key,
    get content() {
      escaped += 1;
      return key.content;
    },
  }));
  const pieces = xmlPieces(element("List", counted), 10_000);
  const first = String(pieces.next().value);
  expect(first.length).toBeLessThan(11_000);
  expect(escaped).toBeLessThan(100);
  expect([first, ...pieces].join("")).toBe(renderXml(element("List", keys)));
});
