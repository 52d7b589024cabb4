import Button from "@cloudscape-design/components/button";
import Tabs from "@cloudscape-design/components/tabs";
import { type ReactNode, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { BucketAccessMap } from "../access/lazy.tsx";
import { tabLabels } from "../shell/labels.ts";
import { onDemand } from "../shell/on-demand.tsx";
import { Page } from "../shell/page.tsx";
import { bucketPath, DeleteBucketDialog } from "./buckets.tsx";
import { Objects } from "./objects.tsx";

const BucketPermissions = onDemand(async () => (await import("../bucket/bucket-permissions.tsx")).BucketPermissions);
const BucketProperties = onDemand(async () => (await import("../bucket/bucket-properties.tsx")).BucketProperties);

export function Component(): ReactNode {
  const { name = "", tab = "objects" } = useParams();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  return (
    <Page
      title={name}
      above={[["/buckets", "Buckets"]]}
      actions={<Button onClick={() => setDeleting(true)}>Delete</Button>}
    >
      <Tabs
        i18nStrings={tabLabels}
        ariaLabel={`About ${name}`}
        activeTabId={tab}
        onChange={({ detail }) => void navigate(bucketPath(name, detail.activeTabId))}
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
