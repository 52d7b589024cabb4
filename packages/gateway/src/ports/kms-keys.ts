/** A key of SSE-KMS. */
export interface KmsKey {
  readonly arn: string;
}

/** The keys that the gateway was started with. */
export interface KmsKeys {
  /** By `alias/NAME`, the ARN of that, the id of the key, or its ARN. */
  find(name: string): KmsKey | undefined;
}
