import Checkbox from "@cloudscape-design/components/checkbox";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { type BlockSetting, blockSettings, getPublicBlock, type PublicBlock, putPublicBlock } from "../api/s3.ts";
import { BucketCors } from "./bucket-cors.tsx";
import { BucketOwnership } from "./bucket-ownership.tsx";
import { BucketPolicy } from "./bucket-policy.tsx";
import { ExistingBucket } from "./existing-bucket.tsx";
import { type Setting, settingQuery } from "./setting.ts";
import { SettingSection } from "./setting-section.tsx";

export function BucketPermissions({ bucket }: { readonly bucket: string }): ReactNode {
  const first = useQuery(settingQuery(blockedAccessOf(bucket)));
  return (
    <ExistingBucket bucket={bucket} first={first}>
      <SpaceBetween size="l">
        <BlockedAccess bucket={bucket} />
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
  RestrictPublicBuckets: "Let a public bucket policy count only for this account",
};

function blockedAccessOf(bucket: string): Setting<PublicBlock> {
  return {
    words: `what public access ${bucket} blocks`,
    key: ["block", bucket],
    read: () => getPublicBlock(bucket),
    write: (block) => putPublicBlock(bucket, block),
  };
}

function BlockedAccess({ bucket }: { readonly bucket: string }): ReactNode {
  return (
    <SettingSection<PublicBlock>
      setting={blockedAccessOf(bucket)}
      title="Block public access"
      counter={(block) => `(${blockSettings.filter((one) => block[one]).length} of ${blockSettings.length} on)`}
      description="Whatever a policy says, nothing here becomes public by mistake."
    >
      {({ value, change }) => (
        <SpaceBetween size="xs">
          {blockSettings.map((setting) => (
            <Checkbox
              key={setting}
              checked={value[setting]}
              description={setting}
              onChange={({ detail }) => change({ ...value, [setting]: detail.checked })}
            >
              {blockWords[setting]}
            </Checkbox>
          ))}
        </SpaceBetween>
      )}
    </SettingSection>
  );
}
