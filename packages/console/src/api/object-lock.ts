/** The lock of one version of an object. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */
import { callS3, orNone } from "./call.ts";
import { element, renderXml, textOf } from "./tree.ts";

export interface LockedVersion {
  readonly bucket: string;
  readonly key: string;
  /** Undefined: the current one. */
  readonly versionId: string | undefined;
}

export interface Retention {
  readonly mode: "GOVERNANCE" | "COMPLIANCE";
  /** ISO 8601 */
  readonly until: string;
}

const request = ({ bucket, key, versionId }: LockedVersion, name: "retention" | "legal-hold") => ({
  bucket,
  key,
  query: { [name]: "", versionId },
});

/** Undefined: there is none. */
export async function getRetention(version: LockedVersion): Promise<Retention | undefined> {
  const answer = await orNone(callS3(request(version, "retention")), "NoSuchObjectLockConfiguration");
  if (answer === undefined) return undefined;
  const mode = textOf(answer.tree, "Mode") === "COMPLIANCE" ? "COMPLIANCE" : "GOVERNANCE";
  return { mode, until: textOf(answer.tree, "RetainUntilDate") };
}

/** `bypass`: a retention in governance mode is shortened or taken away. */
export async function putRetention(
  version: LockedVersion,
  retention: Retention | undefined,
  bypass: boolean,
): Promise<void> {
  const content =
    retention === undefined ? [] : [element("Mode", retention.mode), element("RetainUntilDate", retention.until)];
  await callS3({
    ...request(version, "retention"),
    method: "PUT",
    body: renderXml(element("Retention", content)),
    ...(bypass ? { headers: { "x-amz-bypass-governance-retention": "true" } } : {}),
  });
}

export async function getLegalHold(version: LockedVersion): Promise<boolean> {
  const answer = await orNone(callS3(request(version, "legal-hold")), "NoSuchObjectLockConfiguration");
  return answer !== undefined && textOf(answer.tree, "Status") === "ON";
}

export async function putLegalHold(version: LockedVersion, isOn: boolean): Promise<void> {
  const body = renderXml(element("LegalHold", [element("Status", isOn ? "ON" : "OFF")]));
  await callS3({ ...request(version, "legal-hold"), method: "PUT", body });
}
