const mebibyte = 1024 * 1024;

/**
 * Sizes in bytes. A file or object over `whole` is sent and fetched in parts; S3 takes at most 10,000 of 5 MiB to 5 GiB
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). `buffered` is what all uploads together hold.
 */
export const limits = {
  whole: 16 * mebibyte,
  part: 8 * mebibyte,
  parts: 10_000,
  buffered: 40 * mebibyte,
} as const;

/** The size of every part but the last: a whole number of mebibytes, larger only where 10,000 parts would not do. */
export function partSize(size: number): number {
  return Math.max(limits.part, Math.ceil(size / limits.parts / mebibyte) * mebibyte);
}
