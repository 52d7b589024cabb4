import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { callS3 } from "../api/call.ts";
import { listObjects } from "../api/s3.ts";
import { useAction } from "../shell/action.ts";
import { DeleteDialog } from "../shell/dialogs.tsx";
import { Failure } from "../shell/failure.tsx";
import { countOf } from "../shell/format.ts";
import type { Entry } from "./entries.ts";

interface Target {
  readonly key: string;
  readonly versionId: string | undefined;
}

interface Marker {
  readonly key: string;
  readonly versionId: string;
}

const atOnce = 4;

async function targetsOf(bucket: string, entries: readonly Entry[], signal: AbortSignal): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const { key, isFolder, version } of entries) {
    if (!isFolder) {
      targets.push({ key, versionId: version?.versionId });
      continue;
    }
    for (let page: Readonly<Record<string, string>> | undefined = {}; page !== undefined;) {
      const { items, next } = await listObjects({ bucket, prefix: key, page, signal });
      targets.push(...items.map((item) => ({ key: item.key, versionId: undefined })));
      page = next;
    }
  }
  return targets;
}

/** Stops at the first refusal and reports it; what was deleted until then is deleted. */
async function deleteAll(bucket: string, targets: readonly Target[]): Promise<readonly Marker[]> {
  const waiting = [...targets];
  const markers: Marker[] = [];
  const work = async (): Promise<void> => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      const { key, versionId } = target;
      const { headers } = await callS3({ method: "DELETE", bucket, key, query: { versionId } }).catch(
        (error: unknown) => {
          waiting.length = 0;
          throw error;
        },
      );
      const made = headers.get("x-amz-version-id");
      if (versionId === undefined && headers.get("x-amz-delete-marker") === "true" && made !== null)
        markers.push({ key, versionId: made });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return markers;
}

export function DeleteObjectsDialog(props: {
  readonly bucket: string;
  readonly entries: readonly Entry[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}): ReactNode {
  const { bucket, entries, onClose, onDone } = props;
  const refresh = [["objects", bucket]];
  const targets = useQuery({
    queryKey: ["targets", bucket, entries],
    queryFn: ({ signal }) => targetsOf(bucket, entries, signal),
    gcTime: 0,
  });
  const undo = useAction(
    async (markers: readonly Marker[]) => {
      for (const { key, versionId } of markers) await callS3({ method: "DELETE", bucket, key, query: { versionId } });
    },
    { task: "bring the objects back", refresh, done: () => ({ type: "success", header: "The objects are back" }) },
  );
  const count = targets.data?.length ?? 0;
  const remove = useAction(() => deleteAll(bucket, targets.data ?? []), {
    task: "delete every object",
    quiet: true,
    refresh,
    done: (markers) => {
      onDone();
      return {
        type: "success",
        header: `${countOf(count, "object")} deleted`,
        ...(markers.length === 0 ? {} : { action: { text: "Undo", run: () => undo.run(markers) } }),
      };
    },
  });
  return (
    <DeleteDialog
      title={`Delete from ${bucket}`}
      word={targets.data === undefined ? "counting" : String(count)}
      task="delete every object"
      busy={remove.busy || targets.isPending}
      error={remove.error}
      onDelete={() => {
        if (targets.data !== undefined) remove.run();
      }}
      onClose={onClose}
    >
      {targets.error === null ? null : <Failure error={targets.error} task="count the objects" />}
      {targets.data === undefined ? "Counting the objects." : whatIsLost(targets.data)}
    </DeleteDialog>
  );
}

/** A version that is named is gone at once; an object without one may leave its versions behind. */
function whatIsLost(targets: readonly Target[]): string {
  const versions = targets.filter(({ versionId }) => versionId !== undefined).length;
  const objects = targets.length - versions;
  return [
    ...(versions === 0 ? [] : [`${countOf(versions, "version")} will be deleted for good: this cannot be undone.`]),
    ...(objects === 0 && versions > 0
      ? []
      : [
          `${countOf(objects, "object")} will be deleted. Where versioning is on, the older versions stay and the objects can be restored; else this cannot be undone.`,
        ]),
  ].join(" ");
}
