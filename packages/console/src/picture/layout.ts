import type { GraphNode, WhyGraph } from "./why-graph.ts";

/** Sizes of a picture, in its own pixels. */
export const box = { width: 184, height: 46 } as const;
const gap = { x: 56, y: 18 } as const;
const margin = 12;
const detourRoom = 40;

export interface PlacedNode extends GraphNode {
  /** Its upper left corner. */
  readonly x: number;
  readonly y: number;
  /** Of the columns that have a box. */
  readonly rank: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Where lines go that pass a column: below all boxes. */
  readonly detour: number;
  readonly nodes: ReadonlyMap<string, PlacedNode>;
}

/** Columns without a box take no room. A column stands in the middle of the highest. */
export function layoutOf({ nodes, edges }: WhyGraph): Layout {
  const columns = [...new Set(nodes.map(({ column }) => column))].toSorted((one, other) => one - other);
  const rows = columns.map((column) => nodes.filter((node) => node.column === column));
  const step = box.height + gap.y;
  const most = Math.max(...rows.map(({ length }) => length));
  const placed = rows.flatMap((column, at) =>
    column.map((node, row): PlacedNode => ({
      ...node,
      rank: at,
      x: margin + at * (box.width + gap.x),
      y: margin + (row + (most - column.length) / 2) * step,
    })),
  );
  const byId = new Map(placed.map((node) => [node.id, node]));
  const passes = edges.some(({ from, to }) => (byId.get(to)?.rank ?? 0) - (byId.get(from)?.rank ?? 0) > 1);
  const detour = margin + most * step + detourRoom / 2;
  return {
    width: 2 * margin + columns.length * (box.width + gap.x) - gap.x,
    height: 2 * margin + most * step - gap.y + (passes ? detourRoom : 0),
    detour,
    nodes: byId,
  };
}
