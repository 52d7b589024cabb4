import type { IamErrorCode, StsErrorCode } from "./query-errors.ts";
import type { S3ErrorCode } from "./s3-errors.ts";

/** A code of any service's table. */
export type ErrorCode = S3ErrorCode | IamErrorCode | StsErrorCode;

/** A code of every service's table: what may be answered before it is known whom a request is for. */
export type CommonErrorCode = S3ErrorCode & IamErrorCode & StsErrorCode;
