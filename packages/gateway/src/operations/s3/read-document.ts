import { type XmlElement, type XmlFault, XmlReader } from "@s3-credentials/protocol";
import { type BufferedBody, type Refusal, refuse } from "../operation.ts";

/** S3's documents have five levels, and attributes for namespaces and the type of a grantee alone. */
const limits = { depth: 16, attributes: 256 } as const;
/** Bytes parsed in one turn: less than a millisecond when they are elements without text. */
export const sliceBytes = 2 * 1024;

export interface DocumentLimits {
  readonly maxBytes: number;
  readonly maxElements: number;
}

/** An XML body; its root element must be the one the operation documents. */
export function xmlBody(root: string, { maxBytes, maxElements }: DocumentLimits): BufferedBody<XmlElement> {
  return {
    kind: "buffered",
    maxBytes,
    maxElements,
    read: async (bytes, turn) =>
      bytes.length === 0 ? refuse("MissingRequestBodyError") : readDocument(bytes, root, maxElements, turn),
  };
}

/** An XML body that is optional. */
export function optionalXmlBody(root: string, within: DocumentLimits): BufferedBody<XmlElement | undefined> {
  const body = xmlBody(root, within);
  return { ...body, read: async (bytes, turn) => (bytes.length === 0 ? undefined : body.read(bytes, turn)) };
}

/** INVARIANT: what is malformed is a refusal, whatever the reader makes of it: a client's bytes are never a fault. */
async function readDocument(
  bytes: Buffer,
  root: string,
  maxElements: number,
  turn: () => Promise<void>,
): Promise<XmlElement | Refusal> {
  const read = await readInSlices(bytes, maxElements, turn);
  return "error" in read || read.name !== root ? refuse("MalformedXML") : read;
}

/** A document that such a body was, and that was kept. */
export async function readKept(
  text: string,
  { maxElements }: Pick<DocumentLimits, "maxElements">,
  turn: () => Promise<void>,
): Promise<XmlElement> {
  const read = await readInSlices(Buffer.from(text), maxElements, turn);
  if ("error" in read) throw new Error(`a document that was kept does not parse: ${read.error}`);
  return read;
}

async function readInSlices(
  bytes: Buffer,
  maxElements: number,
  turn: () => Promise<void>,
): Promise<XmlElement | XmlFault> {
  const reader = new XmlReader({ ...limits, size: bytes.length, elements: maxElements });
  for (let at = 0; at < bytes.length; at += sliceBytes) {
    if (at > 0) await turn();
    if (!reader.write(bytes.subarray(at, at + sliceBytes))) break;
  }
  return reader.end();
}

/** Whether the document that `read` of a body gave is an XML document; some operations take a text. */
export function isXmlElement(document: unknown): document is XmlElement {
  return typeof document === "object" && document !== null && "children" in document;
}
