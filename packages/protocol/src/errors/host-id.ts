/** S3's second id of a request (`x-amz-id-2`); opaque to clients. */
export function hostId(requestId: string): string {
  return Buffer.from(`${requestId}${requestId}`, "latin1").toString("base64");
}
