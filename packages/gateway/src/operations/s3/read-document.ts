import { readXml, type XmlElement } from "@s3-credentials/protocol";
import { type Refusal, refuse } from "../operation.ts";

/**
 * The root element of an XML body; its name must be the one the operation documents. How large it may be the row's `body`
 * says, and has held by now.
 */
export function readDocument(body: Buffer, root: string): XmlElement | Refusal {
  if (body.length === 0) return refuse("MissingRequestBodyError");
  const read = parsed(body);
  return read === undefined || read.name !== root ? refuse("MalformedXML") : read;
}

/** INVARIANT: what is malformed is a refusal, whatever the reader makes of it: a client's octets are never a fault. */
function parsed(body: Buffer): XmlElement | undefined {
  try {
    const read = readXml(body, { size: body.length });
    return "error" in read ? undefined : read;
  } catch {
    return undefined;
  }
}
