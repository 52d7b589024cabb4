import { child, children, readXml, textOf, type XmlElement } from "@s3-credentials/protocol";
import { type Json, type JsonObject, JsonNumber } from "../formats/json.ts";
import { CommandError } from "../command-line/failures.ts";
import { pythonDate } from "../output/dates.ts";
import { decodeDocument, documentOf } from "./document.ts";
import { changeResponseBody } from "./response-body.ts";
import type { Field, Shape } from "./shapes.ts";

/** An answer as the SDK understood it, and the XML it came in. */
export interface Answer<Output> {
  readonly output: Output;
  readonly document: XmlElement;
}

const answerLimits = { size: 64 * 1024 * 1024, depth: 64, elements: 4_000_000 };

/**
 * Sends a command and keeps the XML of its answer: what is printed is taken from the wire, because the SDK cuts dates to
 * milliseconds and gives fields in an order of its own. With `onlyRoot` the SDK gets nothing but an empty element of that
 * name, so that a long list is not parsed twice.
 */
export async function sendForXml<Output>(
  command: { readonly middlewareStack: unknown },
  send: () => Promise<Output>,
  onlyRoot?: string,
): Promise<Answer<Output>> {
  let xml = "";
  changeResponseBody(command, "keepBody", (body, statusCode) => {
    // The SDK changes the kind of the buffer it is given, so the text is taken first.
    xml = body.toString("utf8");
    const isAnswer = onlyRoot !== undefined && statusCode === 200 && xml.slice(0, 200).includes(`<${onlyRoot}`);
    return isAnswer ? Buffer.from(`<${onlyRoot}/>`) : body;
  });
  const output = await send();
  const document = readXml(xml, answerLimits);
  if ("error" in document)
    throw new CommandError(`the service's answer is not understood: ${document.error}; check the endpoint`);
  // A list that is absent is an empty one, so a page of a portal or a console would read as "there is nothing".
  if (/^html$/i.test(document.name))
    throw new CommandError("a web page answered instead of the service; check the endpoint");
  return { output, document };
}

/** The structure at a path below the root element; an error when the answer does not have it. */
export function readStructure(document: XmlElement, path: readonly string[], shape: Shape): JsonObject {
  const element = at(document, path);
  const value = element === undefined ? undefined : read(element, shape);
  if (!(value instanceof Map)) throw new CommandError(`the service's answer has no ${path.at(-1) ?? document.name}`);
  return value;
}

/** The structures of a list at a path below the root element; none when it is absent. */
export function readItems(
  document: XmlElement,
  path: readonly string[],
  item: string,
  shape: Shape,
): readonly JsonObject[] {
  const list = at(document, path);
  const values = list === undefined ? [] : children(list, item).map((element) => read(element, shape));
  return values.filter((value): value is JsonObject => value instanceof Map);
}

function at(document: XmlElement, path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>(
    (element, name) => (element === undefined ? undefined : child(element, name)),
    document,
  );
}

function read(element: XmlElement, shape: Shape): Json {
  switch (shape.kind) {
    case "integer":
      return new JsonNumber(textOf(element));
    case "boolean":
      return textOf(element) === "true";
    case "date":
      return pythonDate(textOf(element));
    case "document":
      return documentOf(decodeDocument(textOf(element)));
    case "list":
      return children(element, shape.item).map((member) => read(member, shape.of));
    case "structure":
      return new Map(shape.fields.flatMap((field) => readField(element, field)));
    case "text":
    case "attribute":
      break;
  }
  return textOf(element);
}

function readField(element: XmlElement, [name, shape, wireName = name]: Field): readonly (readonly [string, Json])[] {
  if (shape.kind === "attribute") {
    const value = element.attributes.get(shape.attribute);
    return value === undefined ? [] : [[name, value]];
  }
  if (shape.kind === "list" && shape.flat === true) {
    const members = children(element, shape.item);
    return members.length === 0 ? [] : [[name, members.map((member) => read(member, shape.of))]];
  }
  const found = child(element, wireName);
  return found === undefined ? [] : [[name, read(found, shape)]];
}
