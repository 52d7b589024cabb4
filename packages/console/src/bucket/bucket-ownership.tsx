import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { getOwnership, type Ownership, ownerships, putOwnership } from "../api/s3.ts";
import { useAction } from "../shell/action.ts";
import { Failure } from "../shell/failure.tsx";

export function BucketOwnership({ bucket }: { readonly bucket: string }): ReactNode {
  const query = useQuery({
    queryKey: ["ownership", bucket],
    queryFn: async () => ({ set: await getOwnership(bucket) }),
  });
  if (query.error !== null) return <Failure error={query.error} task="read the object ownership" />;
  if (query.data === undefined) return null;
  return <ObjectOwnership key={query.data.set} bucket={bucket} stored={query.data.set} />;
}

const ownershipWords: Readonly<Record<Ownership, readonly [label: string, description: string]>> = {
  BucketOwnerEnforced: ["No ACLs: policies alone decide", "What one wants, unless an application insists on ACLs."],
  BucketOwnerPreferred: [
    "ACLs; objects of other accounts that give them away belong to the bucket's owner",
    "Given away with the ACL bucket-owner-full-control.",
  ],
  ObjectWriter: ["ACLs; an object belongs to the account that writes it", "What AWS had before 2023."],
};

function ObjectOwnership(props: { readonly bucket: string; readonly stored: Ownership | undefined }): ReactNode {
  const { bucket, stored } = props;
  // A bucket without the setting has ACLs.
  const [next, setNext] = useState<Ownership>(stored ?? "ObjectWriter");
  const save = useAction(() => putOwnership(bucket, next), {
    task: "save the object ownership",
    refresh: [["ownership", bucket]],
    done: () => ({ type: "success", header: "The object ownership is saved" }),
    undo: () => putOwnership(bucket, stored),
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Decides whether the bucket and each object can have rights of their own: access control lists (ACLs)."
          actions={
            <Button loading={save.busy} disabled={next === stored} onClick={() => save.run()}>
              Save ownership
            </Button>
          }
        >
          Object ownership
        </Header>
      }
    >
      <RadioGroup
        ariaLabel="Object ownership"
        value={next}
        items={ownerships.map((value) => {
          const [label, description] = ownershipWords[value];
          return { value, label, description };
        })}
        onChange={({ detail }) => setNext(ownerships.find((one) => one === detail.value) ?? next)}
      />
    </Container>
  );
}
