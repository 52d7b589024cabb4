import Button from "@cloudscape-design/components/button";
import { type ReactNode, useState } from "react";
import { useParams } from "react-router";
import { BucketAccessMap } from "../access/lazy.tsx";
import { PageTabs } from "../shell/page-tabs.tsx";
import { onDemand } from "../shell/on-demand.tsx";
import { Page } from "../shell/page.tsx";
import { useIsMissing } from "../bucket/existing-bucket.tsx";
import { bucketPath, DeleteBucketDialog } from "./buckets.tsx";
import { Objects } from "./objects.tsx";

const BucketPermissions = onDemand(async () => (await import("../bucket/bucket-permissions.tsx")).BucketPermissions);
const BucketProperties = onDemand(async () => (await import("../bucket/bucket-properties.tsx")).BucketProperties);

export function Component(): ReactNode {
  const { name = "" } = useParams();
  const isNotThere = useIsMissing();
  const [deleting, setDeleting] = useState(false);
  return (
    <Page
      title={name}
      above={[["/buckets", "Buckets"]]}
      actions={isNotThere ? null : <Button onClick={() => setDeleting(true)}>Delete</Button>}
    >
      <PageTabs
        name={name}
        pathOf={(tab) => bucketPath(name, tab)}
        tabs={[
          { id: "objects", label: "Objects", content: <Objects key={name} bucket={name} /> },
          { id: "permissions", label: "Permissions", content: <BucketPermissions bucket={name} /> },
          { id: "properties", label: "Properties", content: <BucketProperties bucket={name} /> },
          {
            id: "access",
            label: "Access",
            content: <BucketAccessMap key={name} bucket={name} />,
          },
        ]}
      />
      {deleting ? (
        <DeleteBucketDialog
          name={name}
          goTo="/buckets"
          onClose={() => setDeleting(false)}
          onDeleted={() => setDeleting(false)}
        />
      ) : null}
    </Page>
  );
}
