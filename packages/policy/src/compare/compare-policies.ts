/** Two documents over all requests. */
import { compilePolicy } from "../engine/compile-policy.ts";
import { decide } from "../engine/decide.ts";
import { hasAccount } from "../engine/layer-order.ts";
import type { Layers, NamedProgram } from "../engine/program.ts";
import { grantOf } from "../engine/resource-grant.ts";
import { isAllowed } from "../engine/ruling.ts";
import { matchPrincipal } from "../match/principal-match.ts";
import type { Policy, Statement } from "../model/policy.ts";
import type { Principal } from "../model/request.ts";
import { parsePolicy } from "../parse/parse.ts";
import { type Answer, decided, type Difference, replayDiffers } from "./answer.ts";
import { Budget, CannotDecide, defaultSteps } from "./budget.ts";
import type { Caller } from "./callers.ts";
import { otherAccount } from "./account-numbers.ts";
import { asksWhoCalls, attachedCallers, limitedCallers, resourceCallers, tokenCallers } from "./policy-callers.ts";
import { allOf, type Formula, not } from "./formula.ts";
import { findRequest, type Scene } from "./solve.ts";
import { allowFormula, type Asked, appliesFormula, denyFormula, grantFormula, Sets } from "./statements.ts";
import { unchangedAllows } from "./unchanged-statements.ts";
import { requestOf, type Witness } from "./witness.ts";

export interface CompareOptions {
  /** How much work one question may cost. */
  readonly steps?: number;
  /** The most differences that are reported. */
  readonly maxDifferences?: number;
  /** For policies of resources: false looks only at whether something is granted, and not at how much the grant is worth in its own account. */
  readonly strengths?: boolean;
  /** For policies without principals: true asks about everybody whom control policies limit, the root of an account too. */
  readonly everybody?: boolean;
}

export type Relation = "equivalent" | "narrower" | "wider" | "incomparable" | "disjoint" | "unknown";

export interface Comparison {
  /** What the first is, compared with the second. */
  readonly relation: Relation;
  /** Whether the second allows everything that the first allows. */
  readonly inside: Answer;
  /** Whether the first allows everything that the second allows. */
  readonly around: Answer;
  /** A request that both allow; undefined when there is none, or none is known. */
  readonly common: Witness | undefined;
}

export function comparePolicies(left: Policy, right: Policy, options: CompareOptions = {}): Comparison {
  // The questions share what the patterns of both mean.
  const sets = new Sets();
  const inside = insideOf(left, right, sets, options);
  const around = insideOf(right, left, sets, options);
  const shared =
    inside.answer === "no" && around.answer === "no"
      ? decided(() => commonRequest(left, right, sets, options))
      : undefined;
  const isUnknown = [inside, around].some(({ answer }) => answer === "unknown");
  const common = shared !== undefined && "witness" in shared ? shared.witness : undefined;
  if (isUnknown) return { relation: "unknown", inside, around, common };
  if (inside.answer === "yes")
    return { relation: around.answer === "yes" ? "equivalent" : "narrower", inside, around, common };
  if (around.answer === "yes") return { relation: "wider", inside, around, common };
  if (shared !== undefined && "answer" in shared) return { relation: "unknown", inside, around, common };
  return { relation: common === undefined ? "disjoint" : "incomparable", inside, around, common };
}

type Place = "attached" | "resource" | "trust";
type Least = "account" | "limited" | "direct";

function placeOf(policies: readonly Policy[]): Place {
  const statements = policies.flatMap((policy) => policy.statements);
  const withPrincipal = statements.filter(({ principal }) => principal !== undefined).length;
  if (withPrincipal === 0) return "attached";
  if (withPrincipal < statements.length)
    throw new CannotDecide("a policy of a resource compared with one that is attached to its users");
  const withResource = statements.filter(({ resource }) => resource !== undefined).length;
  if (withResource === 0) return "trust";
  if (withResource < statements.length)
    throw new CannotDecide("the trust policy of a role compared with the policy of another resource");
  return "resource";
}

/** A caller with how much a grant has to be worth to count. */
interface Level {
  readonly caller: Caller;
  readonly least: Least;
}

const grants = {
  account: "any",
  limited: "without identity policies",
  direct: "beyond boundary and session policies",
} as const satisfies Record<Least, Difference["grants"]>;

/** Whether `right` allows everything that `left` allows. */
export function isInside(left: Policy, right: Policy, options: CompareOptions = {}): Answer {
  return insideOf(left, right, new Sets(), options);
}

function insideOf(left: Policy, right: Policy, sets: Sets, options: CompareOptions): Answer {
  const found: Difference[] = [];
  const most = options.maxDifferences ?? 20;
  const answer = decided((): undefined => {
    for (const one of differences(left, right, sets, options)) {
      found.push(one);
      if (found.length >= most) break;
    }
  });
  const [first, ...others] = found;
  if (first !== undefined) return { answer: "no", differences: [first, ...others] };
  return answer ?? { answer: "yes" };
}

/** For each Allow of `left`, in its order, a request that it allows and `right` does not. */
function* differences(left: Policy, right: Policy, sets: Sets, options: CompareOptions): Generator<Difference> {
  placeOf([left, right]);
  const settled = new Set(unchangedAllows(left, right));
  if (left.statements.every(({ effect }, index) => effect === "Deny" || settled.has(index))) return;
  let undecided: CannotDecide | undefined;
  for (const { level, scene, asked, place } of scenes([left, right], sets, options)) {
    const refused = not(allowsFormula(asked, right, place, level.least));
    const denied = denyFormula(asked, left, place);
    for (const [index, statement] of left.statements.entries()) {
      if (settled.has(index) || !grantsAtLeast(statement, asked.principal, place, level.least)) continue;
      try {
        const formula = allOf([appliesFormula(asked.sets, statement, place), not(denied), refused]);
        const witness = findRequest(scene, formula);
        if (witness === undefined) continue;
        replay(left, right, place, level, witness);
        settled.add(index);
        yield { statement: index, sid: statement.sid, grants: grants[level.least], witness };
      } catch (error) {
        if (!(error instanceof CannotDecide)) throw error;
        undecided ??= error;
        if (scene.budget.isEmpty) throw error;
      }
    }
  }
  if (undecided !== undefined) throw undecided;
}

function grantsAtLeast(statement: Statement, principal: Principal, place: Place, least: Least): boolean {
  if (statement.effect !== "Allow") return false;
  return place === "attached" || order.indexOf(grantOf(statement, principal)) >= order.indexOf(least);
}

const order = ["none", "account", "limited", "direct"];

function allowsFormula(asked: Asked, policy: Policy, place: Place, least: Least): Formula {
  const granted = place === "attached" ? allowFormula(asked.sets, policy) : grantFormula(asked, policy, least, place);
  return allOf([granted, not(denyFormula(asked, policy, place))]);
}

interface Asking {
  readonly level: Level;
  readonly scene: Scene;
  readonly asked: Asked;
  readonly place: Place;
}

function* scenes(policies: readonly Policy[], sets: Sets, options: CompareOptions): Generator<Asking> {
  const place = placeOf(policies);
  const budget = new Budget(options.steps ?? defaultSteps);
  const other = otherAccount(policies);
  for (const level of levelsOf(policies, place, options, budget)) {
    const { principal } = level.caller;
    const own = "accountId" in principal ? principal.accountId : other;
    const abroad = own === other ? "111122223333" : other;
    const resourceAccount = place === "attached" ? undefined : level.least === "account" ? abroad : own;
    const scene = { caller: level.caller, policies, sets, budget, theories: new Map(), resourceAccount };
    yield { level, scene, asked: { sets, principal }, place };
  }
}

/** Callers whom the statements do not tell apart are asked about once. */
function* levelsOf(
  policies: readonly Policy[],
  place: Place,
  { strengths = true, everybody = false }: CompareOptions,
  budget: Budget,
): Generator<Level> {
  if (place === "attached") {
    const callers = everybody ? limitedCallers : attachedCallers;
    for (const caller of callers(policies, budget)) yield { caller, least: "account" };
    return;
  }
  const byName = asksWhoCalls(policies);
  let index = 0;
  const seen = new Set<string>();
  const entries = policies.reduce(
    (sum, { statements }) => statements.reduce((more, { principal }) => more + (principal?.entries.length ?? 0), sum),
    1,
  );
  const withoutCredentials = place === "trust" ? tokenCallers(policies) : [];
  for (const least of strengths ? (["account", "limited", "direct"] as const) : (["account"] as const))
    for (const caller of [...withoutCredentials, ...resourceCallers(policies, budget)]) {
      budget.spend(entries);
      index += 1;
      const { kind } = caller.principal;
      const belongs = hasAccount(caller.principal);
      // Without an account every grant is worth the same, and the root of an account needs none in it.
      if (least !== "account" && (!belongs || kind === "root")) continue;
      const signature = `${least} ${byName ? index : ""} ${belongs} ${signatureOf(policies, caller.principal)}`;
      if (seen.has(signature)) continue;
      seen.add(signature);
      yield { caller, least };
    }
}

function signatureOf(policies: readonly Policy[], principal: Principal): string {
  return policies
    .flatMap(({ statements }) =>
      statements.map((statement) => {
        if (statement.principal === undefined) return "-";
        if (statement.effect === "Allow") return grantOf(statement, principal);
        return matchPrincipal(statement.principal, "Deny", principal, false);
      }),
    )
    .join();
}

function commonRequest(
  left: Policy,
  right: Policy,
  sets: Sets,
  options: CompareOptions,
): { readonly witness: Witness | undefined } {
  for (const { level, scene, asked, place } of scenes([left, right], sets, { ...options, strengths: false })) {
    const both = [left, right].map((policy) => allowsFormula(asked, policy, place, level.least));
    const witness = findRequest(scene, allOf(both));
    if (witness === undefined) continue;
    if (![left, right].every((policy) => allowsRequest(policy, place, level.least, witness)))
      throw new CannotDecide(replayDiffers);
    return { witness };
  }
  return { witness: undefined };
}

/** INVARIANT: what is given as a witness was decided by the engine. */
function replay(left: Policy, right: Policy, place: Place, { least }: Level, witness: Witness): void {
  if (!allowsRequest(left, place, least, witness) || allowsRequest(right, place, least, witness))
    throw new CannotDecide(replayDiffers);
}

const everything = named(
  "everything",
  parsed('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'),
);
const nothing = named(
  "nothing",
  parsed(
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"none:None","Resource":"arn:aws:none:::none"}}',
  ),
);

function parsed(text: string): Policy {
  const { policy } = parsePolicy(text, "identity");
  if (policy === undefined) throw new Error(`${text} is not a policy`);
  return policy;
}

function named(name: string, policy: Policy): NamedProgram {
  return { name, program: compilePolicy(policy) };
}

const programs = new WeakMap<Policy, NamedProgram>();

function programOf(policy: Policy): NamedProgram {
  let program = programs.get(policy);
  if (program === undefined) programs.set(policy, (program = named("policy", policy)));
  return program;
}

/** Whether the document by itself allows the request: beside it are layers that decide nothing. */
function allowsRequest(policy: Policy, place: Place, least: Least, witness: Witness): boolean {
  const program = programOf(policy);
  const isFederated = witness.principal.kind === "federated-user";
  const without = { guardrails: [], boundary: "none" } as const;
  const layers: Layers =
    place === "attached"
      ? { ...without, identity: [program], sessions: isFederated ? [[everything]] : [], resource: "none" }
      : {
          ...without,
          identity: least === "account" ? [everything] : [],
          sessions: least === "direct" ? [[nothing]] : isFederated ? [[everything]] : [],
          resource: { kind: place, policy: program },
        };
  return isAllowed(decide(layers, requestOf(witness)));
}
