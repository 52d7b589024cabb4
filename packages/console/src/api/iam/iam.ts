import { callQuery, type Parameters } from "../call.ts";
import { membersOf, textOf, type TreeNode } from "../tree.ts";

/** IAM's operations as the pages use them. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html */

export const iam = (action: string, parameters: Parameters = {}): Promise<TreeNode> =>
  callQuery("iam", action, parameters);

/** Every page of a list. */
export async function allOf<T>(
  action: string,
  parameters: Parameters,
  list: string,
  read: (node: TreeNode) => T,
): Promise<T[]> {
  const items: T[] = [];
  for (let marker: string | undefined; ;) {
    const page = await iam(action, { ...parameters, MaxItems: 1000, Marker: marker });
    items.push(...membersOf(page, list).map(read));
    if (textOf(page, "IsTruncated") !== "true") return items;
    marker = textOf(page, "Marker");
  }
}
