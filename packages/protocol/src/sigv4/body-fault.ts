import type { S3ErrorCode } from "../errors/error-table.ts";

/** A body that is not what was promised; the message is for the client. */
export class BodyFault extends Error {
  readonly code: S3ErrorCode;
  /** Elements of the answer beside code and message, by name. */
  readonly details: Readonly<Record<string, string>>;
  constructor(code: S3ErrorCode, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "BodyFault";
    this.code = code;
    this.details = details;
  }
}
