/**
 * Whether an operation makes an object, for policies that ask for conditional writes: parts of an upload do not.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
export const objectCreationKey = "s3:ObjectCreationOperation";

export const makesObject: ReadonlyMap<string, string> = new Map([[objectCreationKey, "true"]]);
export const makesNoObject: ReadonlyMap<string, string> = new Map([[objectCreationKey, "false"]]);
