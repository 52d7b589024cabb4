import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { getBucketPolicy } from "../api/s3.ts";
import { hasErrors } from "../editor/has-errors.ts";
import { PolicyEditor } from "../editor/lazy-policy-editor.tsx";
import { writePlace } from "../explain/policy-place.ts";
import { useAction } from "../shell/action.ts";
import { Failure } from "../shell/failure.tsx";
import { Buttons } from "../shell/page.tsx";
import { usePolicyEdit } from "../pages/policy-edit.tsx";

export function BucketPolicy({ bucket }: { readonly bucket: string }): ReactNode {
  const query = useQuery({
    queryKey: ["bucket-policy", bucket],
    queryFn: async () => ({ text: await getBucketPolicy(bucket) }),
  });
  if (query.error !== null) return <Failure error={query.error} task="read the bucket policy" />;
  if (query.data === undefined) return null;
  return <PolicyForm bucket={bucket} stored={query.data.text} />;
}

/** It limits everybody, and locks nobody out. */
function examplePolicy(bucket: string): string {
  const statement = {
    Sid: "KeepTheArchive",
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    Resource: `arn:aws:s3:::${bucket}/archive/*`,
  };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, null, 2);
}

function PolicyForm({ bucket, stored }: { readonly bucket: string; readonly stored: string | undefined }): ReactNode {
  const place = { kind: "bucket", bucket } as const;
  const refresh = [["bucket-policy", bucket]];
  const edit = usePolicyEdit({
    place,
    stored,
    task: "save the bucket policy",
    refresh,
    saved: "The bucket policy is saved",
  });
  const { text } = edit;
  const remove = useAction(() => writePlace(place, stored, undefined), {
    task: "delete the bucket policy",
    refresh,
    done: () => ({ type: "success", header: "The bucket policy is deleted" }),
    undo: (takeBack) => takeBack(),
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Who may do what in this bucket, users of other accounts and everyone included."
          actions={
            stored === undefined ? null : (
              <Button loading={remove.busy} onClick={() => remove.run()}>
                Delete
              </Button>
            )
          }
        >
          Bucket policy
        </Header>
      }
    >
      {text === "" ? (
        <SpaceBetween size="s">
          <span>There is none: users, groups and roles of this account need only their own policies.</span>
          <Button onClick={() => edit.setText(examplePolicy(bucket))}>Write a bucket policy</Button>
        </SpaceBetween>
      ) : (
        <SpaceBetween size="l">
          {edit.problem}
          <PolicyEditor
            value={text}
            kind="resource"
            bucket={bucket}
            label="Bucket policy"
            start="json"
            onChange={edit.setText}
          />
          <Box float="right">
            <Buttons>
              <Button variant="link" disabled={!edit.isChanged} onClick={edit.discard}>
                Discard changes
              </Button>
              <Button
                variant="primary"
                loading={edit.busy}
                disabled={!edit.isChanged || hasErrors(text, "resource", bucket)}
                onClick={edit.save}
              >
                Save
              </Button>
            </Buttons>
          </Box>
        </SpaceBetween>
      )}
    </Container>
  );
}
