import type { IAMClient } from "@aws-sdk/client-iam";
import type { S3Client } from "@aws-sdk/client-s3";
import type { STSClient } from "@aws-sdk/client-sts";

/** The clients a plan is made with and carried out with. */
export interface Services {
  readonly s3: S3Client;
  /** For a bucket made in another region than the client's. */
  readonly s3In: (region: string) => Promise<S3Client>;
  readonly iam: IAMClient;
  /** Never repeats a call by itself: a second CreateAccessKey would leave a key nobody knows. */
  readonly iamOnce: IAMClient;
  readonly sts: STSClient;
  readonly partition: string;
}
