import { fieldsOf } from "@s3-credentials/policy/parse";
/** An event of the record as it is printed: one line. */

export type EventFields = Readonly<Record<string, unknown>>;

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** `2026-11-29 05:30:14Z  alice  DeleteUser  user/bob  AccessDenied`. */
export function eventLine(event: EventFields): string {
  const parts = [
    (text(event["eventTime"]) ?? "").replace("T", " "),
    whoOf(fieldsOf(event["userIdentity"])).padEnd(16),
    (text(event["eventName"]) ?? "").padEnd(20),
    whatOf(event),
    text(event["errorCode"]) ?? "",
  ];
  return parts
    .filter((part, at) => at < 3 || part !== "")
    .join("  ")
    .trimEnd();
}

/** A user by name, a session as `role/session`. */
function whoOf(identity: EventFields): string {
  const type = text(identity["type"]);
  if (type === "Root") return "root";
  const session = text(identity["principalId"])?.split(":").slice(1).join(":");
  const issuer = text(fieldsOf(fieldsOf(identity["sessionContext"])["sessionIssuer"])["userName"]);
  if (type === "AssumedRole" && issuer !== undefined) return `${issuer}/${session ?? ""}`;
  if (identity["accountId"] === "ANONYMOUS_PRINCIPAL") return "anonymous";
  return text(identity["userName"]) ?? session ?? text(identity["accountId"]) ?? text(identity["invokedBy"]) ?? "-";
}

function whatOf(event: EventFields): string {
  const parameters = fieldsOf(event["requestParameters"]);
  const bucket = text(parameters["bucketName"]);
  if (bucket !== undefined)
    return text(parameters["key"]) === undefined ? bucket : `${bucket}/${String(parameters["key"])}`;
  if (event["eventName"] === "DataEventsDropped")
    return `${String(fieldsOf(event["serviceEventDetails"])["count"])} events`;
  const [resource] = Array.isArray(event["resources"]) ? (event["resources"] as readonly unknown[]) : [];
  const arn = text(fieldsOf(resource)["ARN"]);
  return arn === undefined || arn === "*" ? "" : arn.split(":").slice(5).join(":");
}
