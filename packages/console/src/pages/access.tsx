import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useNavigate, useParams } from "react-router";
import { BucketAccessMap } from "../access/map/access-map.tsx";
import { listBuckets } from "../api/s3.ts";
import { Page } from "../shell/page.tsx";

/** The map of one bucket, and the choice of another. */
export function Component(): ReactNode {
  const { bucket = "" } = useParams();
  const navigate = useNavigate();
  const buckets = useQuery({ queryKey: ["buckets"], queryFn: listBuckets });
  return (
    <Page
      title={bucket === "" ? "Access map" : `Who may do what in ${bucket}`}
      description="Every user and role, other accounts and everyone, decided from the policies as they are now."
    >
      <div className="adder">
        <FormField label="Bucket">
          <Select
            selectedOption={bucket === "" ? null : { value: bucket, label: bucket }}
            options={(buckets.data ?? []).map(({ name }) => ({ value: name, label: name }))}
            statusType={buckets.isPending ? "loading" : buckets.error === null ? "finished" : "error"}
            errorText={buckets.error?.message ?? ""}
            empty="There are no buckets"
            placeholder="Choose a bucket"
            filteringType="auto"
            onChange={({ detail }) => void navigate(`/access/${encodeURIComponent(detail.selectedOption.value ?? "")}`)}
          />
        </FormField>
      </div>
      {bucket === "" ? null : <BucketAccessMap key={bucket} bucket={bucket} />}
    </Page>
  );
}
