import { shellQuoted } from "../../output/quoting.ts";

/** The option that gives a document back, quoted for a shell; nothing when there was none. */
export function previousText(document: string | undefined): string {
  return document === undefined ? "" : ` --policy-document ${shellQuoted(document)}`;
}
