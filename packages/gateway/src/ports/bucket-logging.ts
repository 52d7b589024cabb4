export const partitionDateSources = ["EventTime", "DeliveryTime"] as const;

/** How the objects of access logs are named. https://docs.aws.amazon.com/AmazonS3/latest/API/API_TargetObjectKeyFormat.html */
export type LogKeyFormat =
  | { readonly kind: "simple" }
  | { readonly kind: "partitioned"; readonly dateSource: (typeof partitionDateSources)[number] };

/** Where the access logs of a bucket go. https://docs.aws.amazon.com/AmazonS3/latest/API/API_LoggingEnabled.html */
export interface BucketLogging {
  /** The name of a bucket that had the same owner when this was set. */
  readonly targetBucket: string;
  readonly targetPrefix: string;
  /** Absent: none was named, which means `simple`. */
  readonly keyFormat?: LogKeyFormat;
}
