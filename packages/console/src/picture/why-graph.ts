/** Who reaches a bucket through what, as boxes in columns and lines between them. */
import {
  arnOf,
  type DecisionTree,
  outcomeWords,
  type Principal,
  treeLayerNames,
  type TreeLevel,
  type TreePolicy,
} from "@s3-credentials/policy";
import { groupOf, policyPage, shortPolicyName } from "../access/policy-page.ts";
import { showText } from "../shell/format.ts";

export interface GraphNode {
  readonly id: string;
  /** From the principal to the bucket: 0 to 4. */
  readonly column: number;
  readonly kind: string;
  readonly name: string;
  /** The page that has it; undefined: none has. */
  readonly page: string | undefined;
  readonly outcome: "allows" | "denies" | "says-nothing";
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** On the path that decided. */
  readonly decided: boolean;
  /** The request ends here. */
  readonly blocked: boolean;
  /** What a blocked edge says; else empty. */
  readonly words: string;
}

export interface WhyGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface WhyQuestion {
  readonly principal: Principal;
  readonly bucket: string;
  readonly tree: DecisionTree;
}

/** Statements that apply, and those whose condition alone does not fit: the others say nothing about the request. */
export function whyGraph({ principal, bucket, tree }: WhyQuestion): WhyGraph {
  const nodes = new Map<string, GraphNode>();
  const edges: GraphEdge[] = [];
  const add = (node: GraphNode): string => {
    if (!nodes.has(node.id)) nodes.set(node.id, node);
    return node.id;
  };
  const join = (from: string, to: string, more: Partial<GraphEdge> = {}): void => {
    const known = edges.findIndex((edge) => edge.from === from && edge.to === to);
    const edge = { from, to, decided: false, blocked: false, words: "", ...more };
    if (known < 0) edges.push(edge);
    else if (edge.decided) edges[known] = edge;
  };
  const { decision } = tree;
  const who = add(principalNode(principal));
  const goal = add({
    id: "bucket",
    column: 4,
    kind: "bucket",
    name: bucket,
    page: `/buckets/${encodeURIComponent(bucket)}`,
    outcome: decision.allowed ? "allows" : "denies",
  });
  /** The layer decided, and no statement of it did. */
  const refuse = (from: string, words: string): void => join(from, goal, { decided: true, blocked: true, words });
  for (const [at, level] of tree.levels.entries()) {
    const { layer, decided, policies } = level;
    const isLacking = decided && !decision.allowed && level.outcome === "says-nothing";
    if (policies.length === 0) {
      if (decided && decision.allowed) join(who, goal, { decided: true, words: treeLayerNames[layer] });
      if (isLacking) refuse(who, "nothing allows it");
      continue;
    }
    // A boundary that lacks the Allow is named; of several policies none is the one that lacks it.
    const endsInPolicy = isLacking && layer !== "identity" && policies.length === 1;
    for (const policy of policies) {
      const id = add(policyNode(level, policy, principal, `${at} ${policy.name}`));
      const group = groupOf(policy.origin);
      const isPath = policy.decided || endsInPolicy;
      if (group === undefined) join(who, id, { decided: isPath });
      else {
        join(who, add(groupNode(group)), { decided: isPath });
        join(`group ${group}`, id, { decided: isPath });
      }
      if (policy.statements === undefined) refuse(id, "cannot be read");
      for (const statement of policy.statements ?? []) {
        const { index, sid, effect, outcome, failedAt } = statement;
        if (outcome === "says-nothing" && failedAt !== "condition") continue;
        const box = add({
          id: `${id} ${index}`,
          column: 3,
          kind: `statement ${index + 1}, ${effect}`,
          name:
            sid === undefined ? (outcome === "says-nothing" ? "its condition does not fit" : "applies") : showText(sid),
          page: nodes.get(id)?.page,
          outcome,
        });
        join(id, box, { decided: statement.decided });
        if (outcome === "allows") join(box, goal, { decided: statement.decided });
        if (outcome === "denies") join(box, goal, { decided: statement.decided, blocked: true, words: "denied" });
      }
    }
    if (isLacking) refuse(endsInPolicy ? `${at} ${policies[0]?.name}` : who, "nothing allows it");
  }
  return { nodes: [...nodes.values()], edges };
}

function principalNode(principal: Principal): GraphNode {
  const name = arnOf(principal).split("/").at(-1) ?? "";
  const kind = principal.kind === "role-session" ? "role" : "user";
  return {
    id: "principal",
    column: 0,
    kind,
    name,
    page: `/${kind}s/${encodeURIComponent(name)}`,
    outcome: "says-nothing",
  };
}

function groupNode(name: string): GraphNode {
  const page = `/groups/${encodeURIComponent(name)}`;
  return { id: `group ${name}`, column: 1, kind: "group", name, page, outcome: "says-nothing" };
}

const policyKinds: Partial<Readonly<Record<TreeLevel["layer"], string>>> = {
  resource: "bucket policy",
  boundary: "permissions boundary",
};

function policyNode({ layer }: TreeLevel, policy: TreePolicy, principal: Principal, id: string): GraphNode {
  const kind = policyKinds[layer] ?? "policy";
  const { origin, outcome } = policy;
  return { id, column: 2, kind, name: shortPolicyName(policy), page: policyPage(origin, principal), outcome };
}

/** Every way from the principal to where it ends, as the nodes on it; the one that decided first. */
export function waysOf({ nodes, edges }: WhyGraph): readonly Way[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const walk = (id: string, before: readonly GraphNode[], decided: boolean): readonly Way[] => {
    const node = byId.get(id);
    if (node === undefined) return [];
    const path = [...before, node];
    const next = edges.filter(({ from }) => from === id);
    if (next.length === 0) return [{ path, decided, end: node.id === "bucket" ? "" : outcomeWords["says-nothing"] }];
    return next.flatMap((edge) =>
      edge.blocked
        ? [{ path, decided: decided && edge.decided, end: edge.words }]
        : walk(edge.to, path, decided && edge.decided),
    );
  };
  const ways = walk("principal", [], true);
  return ways.toSorted((one, other) => Number(other.decided) - Number(one.decided));
}

export interface Way {
  readonly path: readonly GraphNode[];
  readonly decided: boolean;
  /** Why it does not reach the bucket; empty when it does. */
  readonly end: string;
}
