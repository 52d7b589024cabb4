import type { ManagedPolicyRecord, Page, PageQuery, PolicyQuery } from "../../ports/identity-store.ts";
import { nameKey } from "./names.ts";

/** The place of a policy in the listing. A customer's policy may be named like one of AWS's, so the name alone does not do. */
function policyPlace({ name, arn }: ManagedPolicyRecord): string {
  return `${nameKey(name)} ${arn}`;
}

/** Rows read in one turn. */
const rowsPerTurn = 50;

/** Reads on until the page is full, in slices: what the path prefix leaves out does not count. `place` of an item is its marker. */
export async function readPage<T extends { readonly path: string }>(
  { pathPrefix, after, limit, turn }: PageQuery,
  place: (item: T) => string,
  read: (after: string, limit: number) => readonly T[] | Promise<readonly T[]>,
): Promise<Page<T>> {
  const items: T[] = [];
  let from = after ?? "";
  const size = Math.min(limit + 1, rowsPerTurn);
  for (;;) {
    await turn();
    const batch = await read(from, size);
    for (const item of batch) if (item.path.startsWith(pathPrefix)) items.push(item);
    const last = batch.at(-1);
    if (batch.length < size || last === undefined || items.length > limit) break;
    from = place(last);
  }
  const page = items.slice(0, limit);
  const end = page.at(-1);
  return { items: page, next: items.length > limit && end !== undefined ? place(end) : undefined };
}

/** A customer's policies with AWS's, as a listing asks for them. */
export async function readPolicyPage(
  query: PolicyQuery,
  policies: readonly ManagedPolicyRecord[],
): Promise<Page<ManagedPolicyRecord>> {
  const sorted = policies
    .filter(({ attachmentCount }) => !query.onlyAttached || attachmentCount > 0)
    .filter(({ boundaryCount }) => !query.onlyBoundaries || boundaryCount > 0)
    .toSorted((left, right) => (policyPlace(left) < policyPlace(right) ? -1 : 1));
  return readPage(query, policyPlace, (after, limit) =>
    sorted.filter((one) => policyPlace(one) > after).slice(0, limit),
  );
}
