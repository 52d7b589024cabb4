import type { CommonErrorCode } from "../errors/error-table.ts";
import type { AuthRefusal, PayloadMode } from "./request-auth.ts";

function refuse(code: CommonErrorCode, message: string): AuthRefusal {
  return { kind: "refused", code, message };
}

const streaming = {
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": { kind: "streaming", signed: true, trailer: false },
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": { kind: "streaming", signed: true, trailer: true },
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER": { kind: "streaming", signed: false, trailer: true },
} as const satisfies Readonly<Record<string, PayloadMode>>;

/** What `x-amz-content-sha256` says; `absent` when the header is not there. */
export function payloadModeOf(header: string | undefined, absent: PayloadMode): PayloadMode | AuthRefusal {
  if (header === undefined) return absent;
  if (header === "UNSIGNED-PAYLOAD") return { kind: "unsigned" };
  if (/^[0-9a-f]{64}$/.test(header)) return { kind: "signed", sha256: header };
  if (Object.hasOwn(streaming, header)) return streaming[header as keyof typeof streaming];
  if (header.startsWith("STREAMING-"))
    return refuse("NotImplemented", `The payload mode ${header} is not implemented.`);
  return refuse(
    "InvalidArgument",
    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a streaming mode, or a valid sha256 value.",
  );
}
