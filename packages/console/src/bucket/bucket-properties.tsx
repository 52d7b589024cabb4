import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { getBucketTags, putBucketTags } from "../api/s3.ts";
import { Tags } from "../pages/tags.tsx";
import { Arn, Facts } from "../shell/facts.tsx";
import { useSession } from "../shell/session-context.tsx";
import { BucketEncryption } from "./bucket-encryption.tsx";
import { BucketInventories } from "./bucket-inventories.tsx";
import { BucketLifecycle } from "./bucket-lifecycle.tsx";
import { BucketLogging } from "./bucket-logging.tsx";
import { BucketNotifications } from "./bucket-notifications.tsx";
import { BucketObjectLock } from "./bucket-object-lock.tsx";
import { BucketPayment } from "./bucket-payment.tsx";
import { BucketQuota } from "./bucket-quota.tsx";
import { BucketVersioning, versioningOf } from "./bucket-versioning.tsx";
import { BucketWebsite } from "./bucket-website.tsx";
import { ExistingBucket } from "./existing-bucket.tsx";
import { settingQuery } from "./setting.ts";

export function BucketProperties({ bucket }: { readonly bucket: string }): ReactNode {
  const { s3Origin, region } = useSession();
  const first = useQuery(settingQuery(versioningOf(bucket)));
  return (
    <ExistingBucket bucket={bucket} first={first}>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">Names</Header>}>
          <Facts
            items={[
              ["ARN", <Arn key="arn" arn={`arn:aws:s3:::${bucket}`} />],
              ["Address", <Arn key="address" arn={`${s3Origin}/${bucket}`} what="the address" />],
              ["Region", region],
            ]}
          />
        </Container>
        <BucketQuota bucket={bucket} />
        <BucketVersioning bucket={bucket} />
        <BucketObjectLock bucket={bucket} />
        <BucketLifecycle bucket={bucket} />
        <BucketEncryption bucket={bucket} />
        <BucketNotifications bucket={bucket} />
        <BucketLogging bucket={bucket} />
        <BucketInventories bucket={bucket} />
        <BucketWebsite bucket={bucket} />
        <BucketPayment bucket={bucket} />
        <Tags
          of={{
            id: ["Bucket", bucket],
            list: () => getBucketTags(bucket),
            save: (_before, after) => putBucketTags(bucket, after),
            use: "They say what the bucket is for, whose it is, or who pays for it.",
          }}
        />
      </SpaceBetween>
    </ExistingBucket>
  );
}
