import type { MouseEvent, ReactNode, Ref } from "react";
import { useNavigate } from "react-router";
import { box, layoutOf, type PlacedNode } from "./layout.ts";
import type { GraphEdge, WhyGraph } from "./why-graph.ts";

const colors = {
  allows: "var(--code-text)",
  denies: "var(--danger)",
  "says-nothing": "var(--line)",
} as const;

const nameFont = { size: 13, weight: 700, family: "Open Sans, Helvetica, Arial, sans-serif" } as const;
const pad = 12;

/** A name that does not fit into its box is cut: the list beside the picture has it whole. */
function fitted(name: string): string {
  const ruler = document.createElement("canvas").getContext("2d");
  if (ruler === null) return name;
  ruler.font = `${nameFont.weight} ${nameFont.size}px ${nameFont.family}`;
  const fits = (text: string): boolean => ruler.measureText(text).width <= box.width - 2 * pad;
  const letters = [...name];
  const lengths = [...letters.keys()].toReversed();
  return fits(name) ? name : (lengths.map((length) => `${letters.slice(0, length).join("")}…`).find(fits) ?? "…");
}

/** The graph as a picture that needs nothing else, so that it can be saved. Screen readers get the list beside it. */
export function WhyPicture({ graph, ref }: { readonly graph: WhyGraph; readonly ref: Ref<SVGSVGElement> }): ReactNode {
  const { width, height, detour, nodes } = layoutOf(graph);
  // What decided is drawn over the rest.
  const edges = graph.edges.toSorted((one, other) => Number(one.decided) - Number(other.decided));
  return (
    <svg
      ref={ref}
      xmlns="http://www.w3.org/2000/svg"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      fontFamily={nameFont.family}
      aria-hidden="true"
    >
      <rect width={width} height={height} fill="var(--ground)" />
      {edges.map((edge) => {
        const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
        return from === undefined || to === undefined ? null : (
          <Line key={`${edge.from} > ${edge.to}`} edge={edge} from={from} to={to} detour={detour} />
        );
      })}
      {[...nodes.values()].map((node) => (
        <Box key={node.id} node={node} />
      ))}
    </svg>
  );
}

function Line(props: {
  readonly edge: GraphEdge;
  readonly from: PlacedNode;
  readonly to: PlacedNode;
  readonly detour: number;
}): ReactNode {
  const { edge, from, to, detour } = props;
  const { decided, blocked, words } = edge;
  const [x1, y1] = [from.x + box.width, from.y + box.height / 2];
  const [x2, y2] = [to.x, to.y + box.height / 2];
  const bend = (x2 - x1) / 2;
  const passes = to.rank - from.rank > 1;
  const path = passes
    ? `M${x1} ${y1} C${x1 + 48} ${y1} ${x1} ${detour} ${x1 + 60} ${detour} H${x2 - 60} C${x2} ${detour} ${x2 - 48} ${y2} ${x2} ${y2}`
    : `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  const [x, y] = [x1 + bend, passes ? detour : (y1 + y2) / 2];
  const color = blocked ? colors.denies : decided ? colors.allows : "var(--soft)";
  return (
    <g stroke={color} fill="none">
      <path d={path} strokeWidth={decided ? 4 : 1.2} strokeDasharray={blocked ? "7 5" : undefined} />
      {blocked ? <path d={`M${x - 8} ${y - 8} l16 16 m0 -16 l-16 16`} strokeWidth="4" strokeLinecap="round" /> : null}
      {words === "" || !decided || !passes ? null : (
        <text x={x + 18} y={y - 8} fill={color} stroke="none" fontSize="12">
          {words}
        </text>
      )}
    </g>
  );
}

function Box({ node }: { readonly node: PlacedNode }): ReactNode {
  const { x, y, kind, name, page, outcome } = node;
  const navigate = useNavigate();
  const inside = (
    <>
      <rect
        x={x}
        y={y}
        width={box.width}
        height={box.height}
        rx="9"
        fill="var(--ground)"
        stroke={colors[outcome]}
        strokeWidth={outcome === "says-nothing" ? 1.2 : 2.2}
      />
      <text x={x + pad} y={y + 18} fontSize="11" fill="var(--soft)">
        {kind}
      </text>
      <text x={x + pad} y={y + 35} fontSize={nameFont.size} fontWeight={nameFont.weight} fill="var(--text)">
        {fitted(name)}
      </text>
    </>
  );
  if (page === undefined) return <g>{inside}</g>;
  const follow = (event: MouseEvent): void => {
    event.preventDefault();
    void navigate(page);
  };
  return (
    <a href={page} tabIndex={-1} onClick={follow}>
      {inside}
    </a>
  );
}

/** The picture as a file: its colours and addresses are written out. */
export function pictureText(svg: SVGSVGElement): string {
  const style = getComputedStyle(document.documentElement);
  return new XMLSerializer()
    .serializeToString(svg)
    .replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim())
    .replaceAll(/ href="\//g, ` href="${location.origin}/`);
}
