/** An element of an answer, as the gateway sends it in JSON. The page parses no XML. */
export interface TreeNode {
  readonly name: string;
  readonly content: readonly (TreeNode | string)[];
}

export const emptyTree: TreeNode = { name: "", content: [] };

function isNamed(item: TreeNode | string, name: string): item is TreeNode {
  return typeof item === "object" && item.name === name;
}

/** The child elements of this name, in order. */
export function childrenOf(node: TreeNode, name: string): readonly TreeNode[] {
  return node.content.filter((item) => isNamed(item, name));
}

/** Empty when there is none. */
export function childOf(node: TreeNode, name: string): TreeNode {
  return node.content.find((item) => isNamed(item, name)) ?? emptyTree;
}

/** The text of the child of this name; empty when there is none. */
export function textOf(node: TreeNode, name: string): string {
  return childOf(node, name)
    .content.filter((item) => typeof item === "string")
    .join("");
}

/** The items of one of IAM's lists: `<Users><member>…</member></Users>`. */
export function membersOf(node: TreeNode, list: string): readonly TreeNode[] {
  return childrenOf(childOf(node, list), "member");
}

/** The texts of a list of texts. */
export function memberTexts(node: TreeNode, list: string): readonly string[] {
  return membersOf(node, list).map(({ content }) => content.filter((item) => typeof item === "string").join(""));
}

export function element(name: string, content: string | readonly TreeNode[]): TreeNode {
  return { name, content: typeof content === "string" ? [content] : content };
}

/** XML of a document that a request sends. */
export function renderXml({ name, content }: TreeNode): string {
  const inner = content.map((item) => (typeof item === "string" ? escapeXml(item) : renderXml(item)));
  return `<${name}>${inner.join("")}</${name}>`;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (sign) => (sign === "<" ? "&lt;" : sign === ">" ? "&gt;" : "&amp;"));
}
