import type { S3ErrorCode } from "../errors/error-table.ts";

/** A body that is not what was promised; the message is for the client. */
export class BodyFault extends Error {
  readonly code: S3ErrorCode;
  constructor(code: S3ErrorCode, message: string) {
    super(message);
    this.name = "BodyFault";
    this.code = code;
  }
}
