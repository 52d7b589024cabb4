import RadioGroup from "@cloudscape-design/components/radio-group";
import type { ReactNode } from "react";
import { getOwnership, type Ownership, ownerships, putOwnership } from "../api/s3.ts";
import { SettingSection } from "./setting-section.tsx";

const ownershipWords: Readonly<Record<Ownership, readonly [label: string, description: string]>> = {
  BucketOwnerEnforced: ["No ACLs: only policies decide", "The right choice unless an application needs ACLs."],
  BucketOwnerPreferred: [
    "ACLs; objects of other accounts that give them away belong to the bucket's owner",
    "Given away with the ACL bucket-owner-full-control.",
  ],
  ObjectWriter: ["ACLs; an object belongs to the account that writes it", "What AWS had before 2023."],
};

export function BucketOwnership({ bucket }: { readonly bucket: string }): ReactNode {
  return (
    <SettingSection<Ownership | undefined>
      setting={{
        words: `the object ownership of ${bucket}`,
        key: ["ownership", bucket],
        read: () => getOwnership(bucket),
        write: (ownership) => putOwnership(bucket, ownership),
      }}
      title="Object ownership"
      description="Decides whether the bucket and each object can have rights of their own: access control lists (ACLs)."
    >
      {({ value, change }) => (
        <RadioGroup
          ariaLabel="Object ownership"
          // A bucket without the setting has ACLs.
          value={value ?? "ObjectWriter"}
          items={ownerships.map((one) => {
            const [label, description] = ownershipWords[one];
            return { value: one, label, description };
          })}
          onChange={({ detail }) => change(ownerships.find((one) => one === detail.value) ?? value)}
        />
      )}
    </SettingSection>
  );
}
