import { readXml, type XmlElement } from "@s3-credentials/protocol";
import { type Refusal, refuse } from "../operation.ts";

/** The root element of an XML body; its name must be the one the operation documents. */
export function readDocument(body: Buffer, root: string): XmlElement | Refusal {
  if (body.length === 0) return refuse("MissingRequestBodyError");
  const read = readXml(body);
  return "error" in read || read.name !== root ? refuse("MalformedXML") : read;
}
