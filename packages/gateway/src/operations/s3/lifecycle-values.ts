import { textOf, type XmlElement } from "@s3-credentials/protocol";
import { dayMs } from "../../ports/clock.ts";
import { type Refusal, refuse } from "../operation.ts";
import { readIsoDate } from "./iso-date.ts";

const maxNewer = 100;

/** Undefined: there is no such member. NaN: it is no number. */
export function wholeNumber(parent: XmlElement, name: string): number | undefined {
  const text = textOf(parent, name)?.trim();
  if (text === undefined) return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

/** ms since the epoch. A date alone is its midnight. */
export function readMidnight(sent: string): number | Refusal {
  const text = sent.trim();
  const date = readIsoDate(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(date)) return refuse("MalformedXML");
  return date % dayMs === 0 ? date : refuse("InvalidArgument", "'Date' must be at midnight GMT");
}

/** How many newer noncurrent versions a rule leaves alone; 0, if it does not say. */
export function readNewer(parent: XmlElement): number | Refusal {
  const newer = wholeNumber(parent, "NewerNoncurrentVersions");
  if (newer === undefined) return 0;
  return newer >= 1 && newer <= maxNewer
    ? newer
    : refuse("InvalidArgument", `'NewerNoncurrentVersions' must be a positive integer of at most ${maxNewer}`);
}
