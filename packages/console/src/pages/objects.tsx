import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Toggle from "@cloudscape-design/components/toggle";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, Fragment, type ReactNode, useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { deleteObject } from "../api/s3.ts";
import { ObjectLockDialog } from "../bucket/object-lock-dialog.tsx";
import { makeLink } from "../api/session.ts";
import { useAction } from "../shell/action.ts";
import { showName, showSize, showTime } from "../shell/format.ts";
import { Buttons } from "../shell/page.tsx";
import { type Column, EmptyState, ResourceTable } from "../shell/resource-table.tsx";
import { DeleteObjectsDialog } from "./delete-objects.tsx";
import { type Entry, listEntries, type PageToken } from "./entries.ts";
import { LinkDialog } from "./object-link.tsx";
import { DropPlace, UploadButton } from "./upload-choice.tsx";
import { addUploads, Uploads } from "./uploads.tsx";

export function Objects({ bucket }: { readonly bucket: string }): ReactNode {
  const [search, setSearch] = useSearchParams();
  const prefix = search.get("prefix") ?? "";
  const withVersions = search.get("versions") === "1";
  const view = `${String(withVersions)} ${prefix}`;
  // Pages are those of one view: another one, by the browser's way back too, begins at its first page.
  const [turned, setTurned] = useState<{ readonly view: string; readonly pages: readonly PageToken[] }>();
  const pages = turned?.view === view ? turned.pages : [];
  const setPages = (next: readonly PageToken[]): void => setTurned({ view, pages: next });
  const page = pages.at(-1) ?? {};
  const [selected, setSelected] = useState<readonly Entry[]>([]);
  const [dialog, setDialog] = useState<"delete" | "link" | "lock">();
  const listing = useQuery({
    queryKey: ["objects", bucket, prefix, withVersions, page],
    queryFn: ({ signal }) => listEntries(bucket, prefix, page, withVersions, signal),
  });
  const open = (next: string): void => {
    setSelected([]);
    setSearch({ ...(next === "" ? {} : { prefix: next }), ...(withVersions ? { versions: "1" } : {}) });
  };
  const download = useAction(
    async ({ key, version }: Entry) => {
      location.assign(
        await makeLink({
          bucket,
          key,
          seconds: 300,
          ...(version === undefined ? {} : { versionId: version.versionId }),
        }),
      );
    },
    { task: "download the object" },
  );
  const restore = useAction(async ({ key, version }: Entry) => deleteObject(bucket, key, version?.versionId), {
    task: "restore the object",
    refresh: [["objects", bucket]],
    done: () => {
      // The marker is gone, and would be deleted with what is chosen next.
      setSelected([]);
      return { type: "success", header: "The object is back" };
    },
  });
  const [only] = selected;
  const one =
    selected.length === 1 && only !== undefined && !only.isFolder && only.version?.isDeleteMarker !== true
      ? only
      : undefined;
  const marker =
    selected.length === 1 && only?.version?.isDeleteMarker === true && only.version.isLatest ? only : undefined;
  return (
    <div className="stack">
      <Places bucket={bucket} prefix={prefix} onOpen={open} />
      <Uploads bucket={bucket} />
      <DropPlace onFiles={(files) => addUploads(bucket, folderOf(prefix), files)}>
        <ResourceTable<Entry>
          key={`${view} ${pages.length}`}
          query={{ data: listing.data?.items, error: listing.error, refetch: listing.refetch }}
          columns={columnsOf(bucket, withVersions, open)}
          keyOf={({ key, version }) => (version === undefined ? key : `${key} ${version.versionId}`)}
          task={
            prefix === "" ? "list the objects of this bucket" : `list the objects that begin with ${showName(prefix)}`
          }
          noun="objects"
          title="Objects"
          description={`Up to a thousand at a time${prefix === "" ? "" : `, that begin with ${showName(prefix)}`}.`}
          pageSize={50}
          hasMore={listing.data?.next !== undefined}
          filterLabel="Find in this page"
          selection={{ type: "multi", items: selected, onChange: setSelected }}
          actions={
            <Buttons>
              <Toggle
                checked={withVersions}
                onChange={({ detail }) => {
                  setSelected([]);
                  setSearch({ ...(prefix === "" ? {} : { prefix }), ...(detail.checked ? { versions: "1" } : {}) });
                }}
              >
                Show versions
              </Toggle>
              <Button disabled={one === undefined} loading={download.busy} onClick={() => one && download.run(one)}>
                Download
              </Button>
              <Button disabled={one === undefined} onClick={() => setDialog("link")}>
                Link
              </Button>
              <Button disabled={one === undefined} onClick={() => setDialog("lock")}>
                Lock
              </Button>
              {marker === undefined ? null : (
                <Button loading={restore.busy} onClick={() => restore.run(marker)}>
                  Restore
                </Button>
              )}
              <Button disabled={selected.length === 0} onClick={() => setDialog("delete")}>
                Delete
              </Button>
              <UploadButton onFiles={(files) => addUploads(bucket, folderOf(prefix), files)} />
            </Buttons>
          }
          empty={
            prefix === "" ? (
              <EmptyState title="No objects yet">
                Drop files here, or choose Upload. Folders are the parts of a name before each slash.
              </EmptyState>
            ) : (
              <EmptyState title={`No object begins with ${showName(prefix)}`}>
                Drop files here to put some, or look at{" "}
                <button type="button" className="link-like" onClick={() => open("")}>
                  all objects
                </button>
                .
              </EmptyState>
            )
          }
        />
      </DropPlace>
      {pages.length === 0 && listing.data?.next === undefined ? null : (
        <Buttons>
          <Button disabled={pages.length === 0} onClick={() => setPages(pages.slice(0, -1))}>
            Earlier thousand
          </Button>
          <Button
            disabled={listing.data?.next === undefined}
            onClick={() => listing.data?.next && setPages([...pages, listing.data.next])}
          >
            Next thousand
          </Button>
        </Buttons>
      )}
      {dialog === "delete" ? (
        <DeleteObjectsDialog
          bucket={bucket}
          entries={selected}
          onClose={() => setDialog(undefined)}
          onDone={() => {
            setSelected([]);
            setDialog(undefined);
          }}
        />
      ) : null}
      {dialog === "link" && one !== undefined ? (
        <LinkDialog bucket={bucket} entry={one} onClose={() => setDialog(undefined)} />
      ) : null}
      {dialog === "lock" && one !== undefined ? (
        <ObjectLockDialog
          version={{ bucket, key: one.key, versionId: one.version?.versionId }}
          name={one.name}
          onClose={() => setDialog(undefined)}
        />
      ) : null}
    </div>
  );
}

function folderOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf("/") + 1);
}

function columnsOf(bucket: string, withVersions: boolean, open: (prefix: string) => void): readonly Column<Entry>[] {
  const name: Column<Entry> = {
    id: "name",
    header: "Name",
    value: ({ name: text, isFolder }) => `${isFolder ? " " : ""}${text}`,
    cell: ({ name: text, key, isFolder }) =>
      isFolder ? (
        <Link
          className="plain-link folder"
          to={`/buckets/${encodeURIComponent(bucket)}?${new URLSearchParams({ prefix: key }).toString()}`}
          onClick={(event) => {
            event.preventDefault();
            open(key);
          }}
        >
          {text}
        </Link>
      ) : (
        <span className="arn">{text}</span>
      ),
  };
  const version: Column<Entry> = {
    id: "version",
    header: "Version",
    cell: ({ version: one }) =>
      one === undefined ? null : (
        <>
          <code className="arn">{one.versionId}</code>
          {one.isDeleteMarker ? " · delete marker" : ""}
          {one.isLatest ? " · current" : ""}
        </>
      ),
  };
  return [
    name,
    ...(withVersions ? [version] : []),
    {
      id: "size",
      header: "Size",
      value: ({ size }) => size,
      cell: ({ size, isFolder }) => (isFolder ? "" : showSize(size)),
    },
    {
      id: "modified",
      header: "Changed",
      value: ({ modified }) => modified,
      cell: ({ modified }) => showTime(modified),
    },
  ];
}

/** The way to here, and a field for a prefix: whoever may not list the bucket may still list a part of it. */
function Places(props: {
  readonly bucket: string;
  readonly prefix: string;
  readonly onOpen: (prefix: string) => void;
}): ReactNode {
  const { bucket, prefix, onOpen } = props;
  const [typed, setTyped] = useState(prefix);
  const shown = useRef(prefix);
  if (shown.current !== prefix) {
    shown.current = prefix;
    setTyped(prefix);
  }
  const parts = prefix.split("/").slice(0, -1);
  const go = (event: FormEvent): void => {
    event.preventDefault();
    onOpen(typed);
  };
  return (
    <div className="places">
      <nav aria-label="Folders" className="crumbs">
        <button type="button" className="link-like" onClick={() => onOpen("")}>
          {bucket}
        </button>
        {parts.map((part, at) => {
          const path = `${parts.slice(0, at + 1).join("/")}/`;
          return (
            <Fragment key={path}>
              <span aria-hidden="true">/</span>
              <button type="button" className="link-like" onClick={() => onOpen(path)}>
                {showName(part)}
              </button>
            </Fragment>
          );
        })}
      </nav>
      <form onSubmit={go} className="adder">
        <FormField label="Begins with">
          <Input
            value={typed}
            autoComplete={false}
            placeholder="2026/reports/"
            onChange={({ detail }) => setTyped(detail.value)}
          />
        </FormField>
        <Button disabled={typed === prefix}>Show</Button>
      </form>
    </div>
  );
}
