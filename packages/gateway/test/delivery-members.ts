/** Configurations of what services deliver, with everything that is read of them: access logs and inventories. */
const byKmsKey = "<SSE-KMS><KeyId>alias/one</KeyId></SSE-KMS>";
const byEventTime = "<PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix>";

/** With no more than an inventory has to have, and one field. */
export const smallInventory =
  "<InventoryConfiguration><Id>one</Id><IsEnabled>false</IsEnabled><Destination><S3BucketDestination><Format>CSV</Format><Bucket>arn:aws:s3:::reports</Bucket></S3BucketDestination></Destination><Schedule><Frequency>Daily</Frequency></Schedule><IncludedObjectVersions>All</IncludedObjectVersions><OptionalFields><Field>Size</Field></OptionalFields></InventoryConfiguration>";
const inventory = `<InventoryConfiguration><Id>one</Id><IsEnabled>false</IsEnabled><Filter><Prefix>a</Prefix></Filter><Destination><S3BucketDestination><Format>CSV</Format><AccountId>111122223333</AccountId><Bucket>arn:aws:s3:::reports</Bucket><Prefix>there</Prefix><Encryption>${byKmsKey}</Encryption></S3BucketDestination></Destination><Schedule><Frequency>Daily</Frequency></Schedule><IncludedObjectVersions>All</IncludedObjectVersions><OptionalFields><Field>Size</Field></OptionalFields></InventoryConfiguration>`;
const logging = `<BucketLoggingStatus><LoggingEnabled><TargetBucket>$BUCKET</TargetBucket><TargetPrefix>logs</TargetPrefix><TargetObjectKeyFormat>${byEventTime}</TargetObjectKeyFormat></LoggingEnabled></BucketLoggingStatus>`;

/** `$BUCKET` stands for that of the fixture. */
export const deliveryRequests = {
  PutBucketInventoryConfiguration: {
    method: "PUT",
    target: "/$BUCKET?inventory&id=one",
    body: inventory,
    after: ["GET /$BUCKET?inventory&id=one"],
  },
  PutBucketLogging: { method: "PUT", target: "/$BUCKET?logging", body: logging, after: ["GET /$BUCKET?logging"] },
} as const;

/** What stands in them, and another value in its place. */
export const deliveryValues: Readonly<Record<string, string | readonly [string, string]>> = {
  "?id": "other",
  "/Id": ["<Id>one", "<Id>other"],
  "/IsEnabled": [">false<", ">true<"],
  "/Filter/Prefix": ["<Filter><Prefix>a<", "<Filter><Prefix>b<"],
  "/Destination/S3BucketDestination/Format": ["CSV", "ORC"],
  "/Destination/S3BucketDestination/AccountId": ["111122223333", "444455556666"],
  "/Destination/S3BucketDestination/Bucket": [":::reports", ":::others"],
  "/Destination/S3BucketDestination/Prefix": [">there<", ">elsewhere<"],
  "/Destination/S3BucketDestination/Encryption/SSE-S3": [byKmsKey, "<SSE-S3/>"],
  "/Destination/S3BucketDestination/Encryption/SSE-KMS/KeyId": ["alias/one", "alias/two"],
  "/Schedule/Frequency": ["Daily", "Weekly"],
  "/IncludedObjectVersions": ["All", "Current"],
  "/OptionalFields/Field": [">Size<", ">ETag<"],
  "/LoggingEnabled/TargetBucket": ["<TargetBucket>", "<TargetBucket>no-"],
  "/LoggingEnabled/TargetPrefix": [">logs<", ">other<"],
  "/LoggingEnabled/TargetObjectKeyFormat/SimplePrefix": [byEventTime, "<SimplePrefix/>"],
  "/LoggingEnabled/TargetObjectKeyFormat/PartitionedPrefix/PartitionDateSource": ["EventTime", "DeliveryTime"],
};
