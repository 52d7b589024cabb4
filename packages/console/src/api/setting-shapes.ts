/** What documents of settings have. */
import type { ListShape, Shape } from "./setting-json.ts";

const tag: Shape = { members: { Key: "text", Value: "text" } };
const filterMembers = { Prefix: "text", ObjectSizeGreaterThan: "number", ObjectSizeLessThan: "number" } as const;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html */
export const lifecycleShape = {
  members: {
    Rules: {
      item: "Rule",
      of: {
        members: {
          ID: "text",
          Status: "text",
          Prefix: "text",
          Filter: {
            members: {
              ...filterMembers,
              Tag: tag,
              And: { members: { ...filterMembers, Tags: { item: "Tag", of: tag } } },
            },
          },
          Expiration: { members: { Days: "number", Date: "text", ExpiredObjectDeleteMarker: "flag" } },
          NoncurrentVersionExpiration: { members: { NoncurrentDays: "number", NewerNoncurrentVersions: "number" } },
          AbortIncompleteMultipartUpload: { members: { DaysAfterInitiation: "number" } },
          Transitions: {
            item: "Transition",
            of: { members: { Days: "number", Date: "text", StorageClass: "text" } },
          },
          NoncurrentVersionTransitions: {
            item: "NoncurrentVersionTransition",
            of: { members: { NoncurrentDays: "number", NewerNoncurrentVersions: "number", StorageClass: "text" } },
          },
        },
      },
    },
  },
} as const satisfies Shape;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html: a list of them. */
export const corsRulesShape = {
  item: "CORSRule",
  of: {
    members: {
      ID: "text",
      AllowedOrigins: { item: "AllowedOrigin", of: "text" },
      AllowedMethods: { item: "AllowedMethod", of: "text" },
      AllowedHeaders: { item: "AllowedHeader", of: "text" },
      ExposeHeaders: { item: "ExposeHeader", of: "text" },
      MaxAgeSeconds: "number",
    },
    required: ["AllowedOrigins", "AllowedMethods"],
  },
} as const satisfies ListShape;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSConfiguration.html */
export const corsShape = { members: { CORSRules: corsRulesShape } } as const satisfies Shape;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_RoutingRule.html */
export const routingRulesShape = {
  item: "RoutingRule",
  wrapped: true,
  of: {
    members: {
      Condition: { members: { HttpErrorCodeReturnedEquals: "text", KeyPrefixEquals: "text" } },
      Redirect: {
        members: {
          HostName: "text",
          HttpRedirectCode: "text",
          Protocol: "text",
          ReplaceKeyPrefixWith: "text",
          ReplaceKeyWith: "text",
        },
      },
    },
  },
} as const;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_WebsiteConfiguration.html */
export const websiteShape = {
  members: {
    IndexDocument: { members: { Suffix: "text" } },
    ErrorDocument: { members: { Key: "text" } },
    RedirectAllRequestsTo: { members: { HostName: "text", Protocol: "text" } },
    RoutingRules: routingRulesShape,
  },
} as const satisfies Shape;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ObjectLockConfiguration.html */
export const objectLockShape = {
  members: {
    ObjectLockEnabled: "text",
    Rule: { members: { DefaultRetention: { members: { Mode: "text", Days: "number", Years: "number" } } } },
  },
} as const satisfies Shape;

/** One kind of target, with the member that has its ARN and the element of that. */
const notificationOf = (arn: string, target: string) =>
  ({
    members: {
      Id: "text",
      [arn]: { element: target, of: "text" },
      Events: { item: "Event", of: "text" },
      Filter: {
        members: {
          Key: {
            element: "S3Key",
            of: { members: { FilterRules: { item: "FilterRule", of: { members: { Name: "text", Value: "text" } } } } },
          },
        },
      },
    },
  }) as const satisfies Shape;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_NotificationConfiguration.html */
export const notificationShape = {
  members: {
    QueueConfigurations: { item: "QueueConfiguration", of: notificationOf("QueueArn", "Queue") },
    TopicConfigurations: { item: "TopicConfiguration", of: notificationOf("TopicArn", "Topic") },
  },
} as const satisfies Shape;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_LoggingEnabled.html */
export const loggingShape = {
  members: {
    LoggingEnabled: {
      members: {
        TargetBucket: "text",
        TargetPrefix: "text",
        TargetObjectKeyFormat: {
          members: {
            SimplePrefix: { members: {} },
            PartitionedPrefix: { members: { PartitionDateSource: "text" } },
          },
        },
      },
    },
  },
} as const satisfies Shape;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_InventoryConfiguration.html: a list of them, each with its id. */
export const inventoriesShape = {
  item: "InventoryConfiguration",
  of: {
    members: {
      Id: "text",
      IsEnabled: "flag",
      IncludedObjectVersions: "text",
      Schedule: { members: { Frequency: "text" } },
      Filter: { members: { Prefix: "text" } },
      OptionalFields: { item: "Field", of: "text", wrapped: true },
      Destination: {
        members: {
          S3BucketDestination: {
            members: {
              AccountId: "text",
              Bucket: "text",
              Format: "text",
              Prefix: "text",
              Encryption: {
                members: {
                  SSES3: { element: "SSE-S3", of: { members: {} } },
                  SSEKMS: { element: "SSE-KMS", of: { members: { KeyId: "text" } } },
                },
              },
            },
          },
        },
      },
    },
  },
} as const;
