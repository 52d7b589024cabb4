import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type BlockSetting, blockSettings, getPublicBlock, type PublicBlock, putPublicBlock } from "../api/s3.ts";
import { useAction } from "../shell/action.ts";
import { Failure } from "../shell/failure.tsx";
import { BucketCors } from "./bucket-cors.tsx";
import { BucketOwnership } from "./bucket-ownership.tsx";
import { BucketPolicy } from "./bucket-policy.tsx";
import { ExistingBucket } from "./existing-bucket.tsx";

export function BucketPermissions({ bucket }: { readonly bucket: string }): ReactNode {
  const block = useQuery({ queryKey: ["block", bucket], queryFn: () => getPublicBlock(bucket) });
  return (
    <ExistingBucket bucket={bucket} first={block}>
      <SpaceBetween size="l">
        {block.error === null ? null : <Failure error={block.error} task="read what is blocked" />}
        {block.data === undefined ? null : (
          <Block key={JSON.stringify(block.data)} bucket={bucket} stored={block.data} />
        )}
        <BucketPolicy key={bucket} bucket={bucket} />
        <BucketOwnership bucket={bucket} />
        <BucketCors bucket={bucket} />
      </SpaceBetween>
    </ExistingBucket>
  );
}

const blockWords: Readonly<Record<BlockSetting, string>> = {
  BlockPublicAcls: "Refuse new ACLs that are public",
  IgnorePublicAcls: "Ignore ACLs that are public",
  BlockPublicPolicy: "Refuse a new bucket policy that is public",
  RestrictPublicBuckets: "Let a public bucket policy count for this account alone",
};

function Block({ bucket, stored }: { readonly bucket: string; readonly stored: PublicBlock }): ReactNode {
  const [block, setBlock] = useState(stored);
  const on = blockSettings.filter((setting) => block[setting]).length;
  const save = useAction(() => putPublicBlock(bucket, block), {
    task: "save what is blocked",
    refresh: [["block", bucket]],
    done: () => ({ type: "success", header: "What is blocked is saved" }),
    undo: () => putPublicBlock(bucket, stored),
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${on} of 4 on)`}
          description="Whatever a policy says, nothing here becomes public by mistake."
          actions={
            <Button
              loading={save.busy}
              disabled={blockSettings.every((one) => block[one] === stored[one])}
              onClick={() => save.run()}
            >
              Save
            </Button>
          }
        >
          Block public access
        </Header>
      }
    >
      <SpaceBetween size="xs">
        {blockSettings.map((setting) => (
          <Checkbox
            key={setting}
            checked={block[setting]}
            description={setting}
            onChange={({ detail }) => setBlock({ ...block, [setting]: detail.checked })}
          >
            {blockWords[setting]}
          </Checkbox>
        ))}
      </SpaceBetween>
    </Container>
  );
}
