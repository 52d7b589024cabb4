import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { getBucketTags, isVersioned, putBucketTags, setVersioning } from "../api/s3.ts";

import { useAction } from "../shell/action.ts";
import { Arn, Facts } from "../shell/facts.tsx";
import { Failure } from "../shell/failure.tsx";
import { useSession } from "../shell/session-context.tsx";
import { BucketEncryption } from "./bucket-encryption.tsx";
import { Tags } from "./tags.tsx";

export function BucketProperties({ bucket }: { readonly bucket: string }): ReactNode {
  const { s3Origin, region } = useSession();
  const query = useQuery({ queryKey: ["versioning", bucket], queryFn: () => isVersioned(bucket) });
  const next = query.data === "Enabled" ? "Suspended" : "Enabled";
  const set = useAction(() => setVersioning(bucket, next), {
    task: "change the versioning",
    refresh: [
      ["versioning", bucket],
      ["objects", bucket],
    ],
    done: () => ({ type: "success", header: next === "Enabled" ? "Versioning is on" : "Versioning is suspended" }),
  });
  return (
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
      {query.error === null ? null : <Failure error={query.error} task="read the versioning" />}
      {query.data === undefined ? null : (
        <Container
          header={
            <Header
              variant="h2"
              description="With it, an object that is overwritten or deleted can be brought back. Once on, it can be suspended, not taken away."
              actions={
                <Button loading={set.busy} onClick={() => set.run()}>
                  {next === "Enabled" ? "Turn on" : "Suspend"}
                </Button>
              }
            >
              Versioning
            </Header>
          }
        >
          <StatusIndicator type={query.data === "Enabled" ? "success" : "stopped"}>
            {query.data === "Enabled" ? "On" : query.data === "Suspended" ? "Suspended" : "Off"}
          </StatusIndicator>
        </Container>
      )}
      <BucketEncryption bucket={bucket} />
      <Tags
        of={{
          id: ["Bucket", bucket],
          list: () => getBucketTags(bucket),
          save: (_before, after) => putBucketTags(bucket, after),
          use: "They say what the bucket is for, whose it is, or who pays for it.",
        }}
      />
    </SpaceBetween>
  );
}
