import type { S3Operation } from "../operation.ts";
import type { S3OperationName } from "../operation-name.ts";

export const s3Operations: Readonly<Partial<Record<S3OperationName, S3Operation>>> = {};
