/** A body that is not what was promised. `code` is a key of S3's error table; the message is for the client. */
export class BodyFault extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = "BodyFault";
    this.code = code;
  }
}
