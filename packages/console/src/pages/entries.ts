import { type Listing, listObjects, listVersions, type ObjectVersion, type StoredObject } from "../api/s3.ts";
import { showName } from "../shell/format.ts";

/** A folder, an object, or one version of an object. */
export interface Entry {
  /** As it is shown. */
  readonly name: string;
  readonly key: string;
  readonly isFolder: boolean;
  readonly version: ObjectVersion | undefined;
  readonly size: number;
  readonly modified: string;
}

export type PageToken = Readonly<Record<string, string>>;

export async function listEntries(
  bucket: string,
  prefix: string,
  page: PageToken,
  withVersions: boolean,
  signal: AbortSignal,
): Promise<Listing<Entry>> {
  const request = { bucket, prefix, delimiter: "/", page, signal };
  const folderEnd = prefix.lastIndexOf("/") + 1;
  const listing: Listing<StoredObject | ObjectVersion> = withVersions
    ? await listVersions(request)
    : await listObjects(request);
  const entry = (key: string, fields: Partial<Entry>): Entry => ({
    name: showName(key.slice(folderEnd) || key),
    key,
    isFolder: false,
    version: undefined,
    size: 0,
    modified: "",
    ...fields,
  });
  return {
    folders: [],
    next: listing.next,
    items: [
      ...listing.folders.map((key) => entry(key, { isFolder: true })),
      ...listing.items.map((item) =>
        entry(item.key, { size: item.size, modified: item.modified, version: "versionId" in item ? item : undefined }),
      ),
    ],
  };
}

/** The objects of a bucket, a thousand a page, by prefix. */
