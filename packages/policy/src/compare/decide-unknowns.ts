/** What a caller may do when not everything about its requests is known. */
import { findAction, hasConditionKey } from "../catalog/catalog.ts";
import { compilePolicy } from "../engine/compile-policy.ts";
import { decide } from "../engine/decide.ts";
import { hasAccount } from "../engine/layer-order.ts";
import type { Layers } from "../engine/program.ts";
import { needsNoPermission } from "../engine/needs-no-permission.ts";
import { isAllowed } from "../engine/ruling.ts";
import { parseActionPattern } from "../match/action.ts";
import { parsePattern } from "../match/pattern.ts";
import type { ActionPattern } from "../model/policy.ts";
import type { LayerName } from "../model/request.ts";
import type { PrincipalFacts } from "../model/principal-context.ts";
import type { Principal } from "../model/request.ts";
import { decided, replayDiffers } from "./answer.ts";
import { Budget, CannotDecide, defaultSteps } from "./budget.ts";
import { type Caller, keysOf, knownCaller, tellsCaller } from "./callers.ts";
import { effectiveFormula, policiesOf } from "./effective.ts";
import { allOf, always, type Formula, literal, not } from "./formula.ts";
import { dimensionOfKey } from "./key-domain.ts";
import { isPublicPolicy } from "./public-policy.ts";
import { simplify } from "./search.ts";
import { findRequest, openVariables, type Scene, theoryOf } from "./solve.ts";
import { appliesFormula, Sets } from "./statements.ts";
import { ACTION, RESOURCE, type Theory } from "./theory.ts";
import { requestOf, type Witness } from "./witness.ts";

export interface AccessScope {
  /** An action or a pattern of actions. */
  readonly action: string;
  /** An ARN or a pattern of ARNs; `*` for actions without a resource. */
  readonly resource: string;
}

/** Of whom and where the question is; what is not said is open. */
export interface EffectiveAccess {
  readonly layers: Layers;
  readonly principal: Principal;
  readonly facts?: PrincipalFacts;
  /** Keys of the caller that are not known, such as how it signed in: `aws:MultiFactorAuthPresent`. */
  readonly openKeys?: readonly string[];
  /** As whom it can ask, where `principal` stands for several, all of the same account; `facts` and `openKeys` do not count then. */
  readonly callers?: readonly Caller[] | undefined;
  readonly resourceAccount: string | undefined;
  /** The bucket's public access block has `RestrictPublicBuckets`: a public policy grants nothing to anybody outside the account. */
  readonly restrictPublicBuckets?: boolean;
  /** Condition keys of the requests that are known. All others are open, but for those that no request for the action has. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

export interface StatementOfLayer {
  readonly layer: LayerName;
  readonly policy: string;
  readonly statement: number;
  readonly sid: string | undefined;
}

export type AccessOverUnknowns =
  | { readonly answer: "always"; readonly allowed: Witness }
  | { readonly answer: "never" }
  | {
      readonly answer: "depends";
      /** In lower case. `action` and `resource` are here when a part of the scope is allowed and another is not. */
      readonly on: readonly string[];
      readonly statements: readonly StatementOfLayer[];
      readonly allowed: Witness;
      readonly refused: Witness;
    }
  | { readonly answer: "unknown"; readonly construct: string };

/** The questions about one caller share what is found out about its policies. */
export function accessOverUnknowns(
  access: EffectiveAccess,
  steps = defaultSteps,
): (scope: AccessScope) => AccessOverUnknowns {
  const { principal, facts, openKeys, resourceAccount, context = {} } = access;
  const layers = effectiveLayers(access);
  const sets = new Sets();
  const policies = policiesOf(layers);
  const callers = (access.callers ?? [knownCaller(principal, facts, openKeys)]).map((caller) => ({
    caller,
    formula: effectiveFormula(sets, layers, caller.principal, resourceAccount),
    /** By the keys that are absent. */
    theoriesWithout: new Map<string, Scene["theories"]>(),
  }));
  const keys = [...new Set(policies.flatMap(({ statements }) => statements.flatMap(keysOf)))];
  const known = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return (scope) =>
    decided(() => {
      if (needsNoPermission({ action: scope.action, principal }))
        return { answer: "always", allowed: freeRequest(access, scope) };
      // Each question has a budget of its own; answers that earlier ones found out cost nothing.
      const budget = new Budget(steps);
      const absent = keysNeverSent(scope.action, keys);
      const settled = new Map([...absent.map((key) => [key, []] as const), ...known]);
      const asked = callers.map(({ caller, formula, theoriesWithout }): AskedAs => {
        const theories = theoriesWithout.get(absent.join()) ?? new Map<string, Theory>();
        theoriesWithout.set(absent.join(), theories);
        for (const theory of theories.values()) theory.world.budget.refill(steps);
        return { scene: { caller, policies, sets, budget, theories, resourceAccount, context: settled }, formula };
      });
      const within = scopeFormula(sets, scope);
      const { allowed, refused, undecided } = findBoth(asked, layers, within);
      if (allowed !== undefined && refused !== undefined) {
        const found = asked.map((one) => dependencies(one.scene, layers, within, one.formula));
        const telling = asked.length > 1 ? tellingKeys(allowed, refused, keys) : [];
        const on = new Set([...found.flatMap((one) => one.on), ...telling]);
        const statements = new Map(found.flatMap((one) => one.statements.map((of) => [JSON.stringify(of), of])));
        return { answer: "depends", on: [...on].toSorted(), statements: [...statements.values()], allowed, refused };
      }
      if (undecided !== undefined) throw undecided;
      return allowed === undefined ? { answer: "never" } : { answer: "always", allowed };
    });
}

/** A question as one of the callers that a principal stands for. */
interface AskedAs {
  readonly scene: Scene;
  /** What is allowed to this caller. */
  readonly formula: Formula;
}

interface Both {
  readonly allowed: Witness | undefined;
  readonly refused: Witness | undefined;
  /** Why it is not known of one of the callers, where the others do not give the answer already. */
  readonly undecided: CannotDecide | undefined;
}

/** A request that is allowed and one that is not, of whichever callers. */
function findBoth(asked: readonly AskedAs[], layers: Layers, within: Formula): Both {
  let allowed: Witness | undefined;
  let refused: Witness | undefined;
  let undecided: CannotDecide | undefined;
  const find = (scene: Scene, formula: Formula, isRight: boolean): Witness | undefined => {
    const witness = findRequest(scene, allOf([within, formula]));
    if (witness !== undefined && isAllowed(decide(layers, requestOf(witness))) !== isRight)
      throw new CannotDecide(replayDiffers);
    return witness;
  };
  for (const { scene, formula } of asked)
    try {
      allowed ??= find(scene, formula, true);
      refused ??= find(scene, not(formula), false);
    } catch (error) {
      if (!(error instanceof CannotDecide)) throw error;
      undecided ??= error;
    }
  return { allowed, refused, undecided };
}

/** Of two callers, the keys by which the policies tell them apart; where no condition does, statements name one of them. */
function tellingKeys(allowed: Witness, refused: Witness, asked: readonly string[]): readonly string[] {
  const names = asked.map((key) => key.toLowerCase());
  const differing = [...new Set([...Object.keys(allowed.context), ...Object.keys(refused.context)])].filter(
    (key) => tellsCaller(key) && String(allowed.context[key]) !== String(refused.context[key]),
  );
  const byCondition = differing.filter((key) => names.includes(key));
  if (byCondition.length > 0) return byCondition;
  const first = ["aws:federatedprovider", "aws:principaltype", "aws:userid"].find((key) => differing.includes(key));
  return first === undefined ? differing : [first];
}

/** With what is left of a bucket policy for a caller from outside when public policies are restricted: its denials. */
function effectiveLayers({
  layers,
  principal,
  resourceAccount,
  restrictPublicBuckets = false,
}: EffectiveAccess): Layers {
  const { resource } = layers;
  const isOutside = hasAccount(principal) ? principal.accountId !== (resourceAccount ?? principal.accountId) : true;
  if (!restrictPublicBuckets || principal.kind === "service" || !isOutside) return layers;
  if (resource === "none" || resource.kind === "trust" || resource.policy.program === "unreadable") return layers;
  const { source } = resource.policy.program;
  if (!isPublicPolicy(source)) return layers;
  const denials = { ...source, statements: source.statements.filter(({ effect }) => effect === "Deny") };
  return { ...layers, resource: { ...resource, policy: { ...resource.policy, program: compilePolicy(denials) } } };
}

/**
 * Of these keys, in lower case, those that no request for the action has: keys of the action's own service that its row in the catalog does
 * not list. The reference lists all keys of a service for each action, and the gateway fills no other. Keys that stay open: `aws:` ones,
 * which any request may have and which the reference does not repeat; those of other services and of identity providers, which a session
 * may carry along (`saml:sub`, `ec2:SourceInstanceARN`); and all, for a pattern of actions or for an action that is not in the catalog.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
function keysNeverSent(name: string, keys: readonly string[]): readonly string[] {
  const action = findAction(name);
  if (action === undefined) return [];
  const own = name.slice(0, name.indexOf(":") + 1).toLowerCase();
  const never = keys
    .map((key) => key.toLowerCase())
    .filter((key) => key.startsWith(own) && !hasConditionKey(action, key));
  return [...new Set(never)].toSorted();
}

function freeRequest({ principal, resourceAccount }: EffectiveAccess, { action }: AccessScope): Witness {
  return { principal, action, resource: "*", resourceAccount, context: {}, asked: [], absent: [] };
}

function scopeFormula(sets: Sets, { action, resource }: AccessScope): Formula {
  const actions = parseActionPattern(action);
  if (actions === undefined) throw new CannotDecide(`the action ${action}`);
  const isNone = resource === "*" && !isPattern(actions);
  // An action of S3 without a resource is asked on `arn:aws:s3:::*`; any other on `*`.
  if (isNone) {
    const text = actions.service === "s3" ? "arn:aws:s3:::*" : "*";
    return allOf([literal(ACTION, sets.action([actions])), literal(RESOURCE, sets.texts([text]))]);
  }
  const pattern = parsePattern(resource, { wildcards: true, variables: false });
  if ("error" in pattern) throw new CannotDecide(`the resource ${resource}`);
  const on = resource === "*" ? always : literal(RESOURCE, sets.resource([pattern.parts]));
  return allOf([literal(ACTION, sets.action([actions])), on]);
}

function isPattern({ text }: ActionPattern): boolean {
  return /[*?]/.test(text);
}

function dependencies(
  scene: Scene,
  layers: Layers,
  within: Formula,
  formula: Formula,
): { readonly on: readonly string[]; readonly statements: readonly StatementOfLayer[] } {
  const theory = theoryOf(scene, new Map(openVariables(scene).map((key) => [key, "open"])));
  const parts = within.kind === "all" ? within.parts : [within];
  let state: ReturnType<typeof theory.assert> = new Map();
  for (const part of parts)
    if (part.kind === "literal" && state !== undefined) state = theory.assert(state, part.literal);
  const left = state === undefined ? formula : simplify(theory, state, formula);
  const open = new Set<number>();
  const on = new Set<string>();
  const collect = (one: Formula): void => {
    if (one.kind !== "literal") return one.parts.forEach(collect);
    open.add(one.literal.set.id);
    on.add(one.literal.dimension);
  };
  if (typeof left !== "boolean") collect(left);
  const statements = namedPolicies(layers).flatMap(({ layer, name, program, place }) =>
    program === "unreadable"
      ? []
      : program.source.statements.flatMap((statement, index) => {
          const applies = appliesFormula(scene.sets, statement, place);
          const asks = (applies.kind === "literal" ? [applies] : applies.parts).some(
            (part) => part.kind === "literal" && open.has(part.literal.set.id),
          );
          if (state !== undefined && asks && simplify(theory, state, applies) === false) return [];
          // A variable makes a statement depend on the key that it names.
          if (asks)
            for (const key of keysOf(statement))
              if (scene.context?.has(key.toLowerCase()) !== true && openVariables(scene).includes(key.toLowerCase()))
                on.add(dimensionOfKey(key));
          return asks ? [{ layer, policy: name, statement: index, sid: statement.sid }] : [];
        }),
  );
  return { on: [...on].toSorted(), statements };
}

function namedPolicies(layers: Layers) {
  const { guardrails, identity, boundary, sessions, resource } = layers;
  const attached = (layer: LayerName, policies: Layers["identity"]) =>
    policies.map((policy) => ({ layer, ...policy, place: "attached" as const }));
  return [
    ...attached("guardrail", guardrails.flat()),
    ...(resource === "none" ? [] : [{ layer: "resource" as const, ...resource.policy, place: resource.kind }]),
    ...attached("identity", identity),
    ...(boundary === "none" ? [] : attached("boundary", [boundary])),
    ...attached("session", sessions.flat()),
  ];
}
