import type { IdentityKind, ManagedPolicyRecord } from "../../ports/identity-records.ts";
import type { PolicyQuery } from "../../ports/identity-store.ts";
import type { Page, PageQuery } from "../../ports/page.ts";
import type { MfaDeviceRecord } from "../../ports/mfa-device-store.ts";
import { awsManagedPolicies, type AwsManagedPolicy } from "./aws-managed-policies.ts";
import { rowsPerTurn } from "../listing/list-entries.ts";
import { nameKey } from "./names.ts";

/** A scan of rows in order. `place` of an item is its marker; `fits`: whether it is listed. */
interface Scan<T> {
  readonly place: (item: T) => string;
  readonly fits: (item: T) => boolean;
  readonly read: (after: string, limit: number) => readonly T[] | Promise<readonly T[]>;
}

/** Reads on until the page is full, in slices: what is not listed does not count. */
async function scanPage<T>(
  { after, limit, turn }: Omit<PageQuery, "pathPrefix">,
  { place, fits, read }: Scan<T>,
): Promise<Page<T>> {
  const items: T[] = [];
  let from = after ?? "";
  const size = Math.min(limit + 1, rowsPerTurn);
  for (;;) {
    await turn();
    const batch = await read(from, size);
    items.push(...batch.filter(fits));
    const last = batch.at(-1);
    if (batch.length < size || last === undefined || items.length > limit) break;
    from = place(last);
  }
  const page = items.slice(0, limit);
  const end = page.at(-1);
  return { items: page, next: items.length > limit && end !== undefined ? place(end) : undefined };
}

/** A listing of users, roles or groups, by name. */
export function readPage<T extends { readonly name: string; readonly path: string }>(
  query: PageQuery,
  read: Scan<T>["read"],
): Promise<Page<T>> {
  return scanPage(query, { place: ({ name }) => name, fits: ({ path }) => path.startsWith(query.pathPrefix), read });
}

/** The place of a policy in the listing. A customer's policy may be named like one of AWS's, so the name alone does not do. */
export interface PolicyPlace {
  readonly nameKey: string;
  readonly arn: string;
}

function placeOf({ name, arn }: Pick<ManagedPolicyRecord, "name" | "arn">): PolicyPlace {
  return { nameKey: nameKey(name), arn };
}

function isBefore(left: PolicyPlace, right: PolicyPlace): boolean {
  return left.nameKey === right.nameKey ? left.arn < right.arn : left.nameKey < right.nameKey;
}

/** Neither a name nor an ARN has a space. */
function placeFrom(marker: string): PolicyPlace {
  const [key = "", arn = ""] = marker.split(" ");
  return { nameKey: key, arn };
}

/** The policies that a store reads for a listing. */
export interface PolicyRows {
  /** The account's own, by name and ARN, from after the place. */
  own(after: PolicyPlace, limit: number): readonly ManagedPolicyRecord[] | Promise<readonly ManagedPolicyRecord[]>;
  /** One of AWS's, with the account's numbers of attachments. */
  counted(policy: AwsManagedPolicy): ManagedPolicyRecord | Promise<ManagedPolicyRecord>;
}

/** A customer's policies with AWS's, as a listing asks for them. */
export function readPolicyPage(query: PolicyQuery, rows: PolicyRows): Promise<Page<ManagedPolicyRecord>> {
  const { scope, onlyAttached, onlyBoundaries, pathPrefix } = query;
  const read = async (marker: string, limit: number): Promise<readonly ManagedPolicyRecord[]> => {
    const after = placeFrom(marker);
    const own = scope === "AWS" ? [] : await rows.own(after, limit);
    const aws = scope === "Local" ? [] : [...awsManagedPolicies.values()];
    const found = [
      ...own.map((policy) => ({ place: placeOf(policy), counted: async () => policy })),
      ...aws.map((policy) => ({ place: placeOf(policy), counted: async () => rows.counted(policy) })),
    ];
    const later = found.filter(({ place }) => isBefore(after, place));
    const sorted = later.toSorted((left, right) => (isBefore(left.place, right.place) ? -1 : 1));
    return Promise.all(sorted.slice(0, limit).map(({ counted }) => counted()));
  };
  return scanPage(query, {
    place: (policy) => Object.values(placeOf(policy)).join(" "),
    fits: ({ path, attachmentCount, boundaryCount }) =>
      path.startsWith(pathPrefix) && (!onlyAttached || attachmentCount > 0) && (!onlyBoundaries || boundaryCount > 0),
    read,
  });
}

/** The entities of a policy, by id. */
export function readEntityPage<T extends { readonly id: string; readonly kind: IdentityKind; readonly path: string }>(
  query: PageQuery & { readonly kind: IdentityKind | undefined },
  read: Scan<T>["read"],
): Promise<Page<T>> {
  const { kind: wanted, pathPrefix } = query;
  return scanPage(query, {
    place: ({ id }) => id,
    fits: ({ kind, path }) => (wanted ?? kind) === kind && path.startsWith(pathPrefix),
    read,
  });
}

/** MFA devices, by serial number. */
export function readMfaDevicePage(
  query: Omit<PageQuery, "pathPrefix"> & { readonly assigned: boolean | undefined },
  read: Scan<MfaDeviceRecord>["read"],
): Promise<Page<MfaDeviceRecord>> {
  const { assigned } = query;
  return scanPage(query, {
    place: ({ serialNumber }) => serialNumber,
    fits: (device) => assigned === undefined || assigned === (device.assigned !== undefined),
    read,
  });
}
