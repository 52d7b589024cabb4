/** Gives users and roles their narrower policies, and takes that back: each change only where nothing has changed meanwhile. */
import { CommandError } from "../command-line/failures.ts";
import { isInEffect } from "../configuration/call-state.ts";
import type { Change } from "../configuration/change.ts";
import { type Configuration, type Entity, entityText, entityWords, ofKind } from "../configuration/configuration.ts";
import { perform, type Performance } from "../configuration/perform.ts";
import { planChanges } from "../configuration/plan-changes.ts";
import { foreignPolicies, type Place, readService } from "../configuration/read-service.ts";
import { layersOf, type ForeignPolicies } from "../configuration/verdicts.ts";
import type { Json } from "../formats/json.ts";
import { groupsOf, withPolicy } from "./propose.ts";
import { callWords, type UndonePrincipal, type UndoneStep } from "./undo-file.ts";

/** A user or role with its narrower policy. */
export interface Given {
  readonly entity: Entity;
  readonly document: Json;
}

/** What one account says about somebody's rights. */
export interface Known {
  readonly configuration: Configuration;
  readonly foreign: ForeignPolicies;
}

export async function readKnown(place: Place): Promise<Known> {
  const { configuration } = await readService(place, false, false);
  const found = [...(await foreignPolicies(place.services, configuration))];
  return {
    configuration,
    foreign: new Map(found.flatMap(([arn, text]) => (text === undefined ? [] : [[arn, text] as const]))),
  };
}

/** The changes of one user or role. */
export interface PlannedPrincipal {
  readonly entity: Entity;
  readonly changes: readonly Change[];
}

/** What is there when all are done, and how to get there. */
export function planProposals(
  configuration: Configuration,
  given: readonly Given[],
): { readonly after: Configuration; readonly principals: readonly PlannedPrincipal[] } {
  let after = configuration;
  const principals = given.map(({ entity, document }) => {
    const before = after;
    after = withPolicy(before, entity, document);
    return { entity, changes: planChanges({ before, after, versions: new Map(), prune: false }) };
  });
  return { after, principals };
}

/**
 * INVARIANT: a proposal was computed from what its user or role had; nothing is changed for one who has anything else by now, and no step is
 * made on anything else than what it was planned from. When one is refused, all is undone.
 */
export async function applyProposals(
  place: Place,
  known: Known,
  principals: readonly PlannedPrincipal[],
  performance: Performance,
): Promise<void> {
  const changes = principals.flatMap(({ entity, changes: planned }) =>
    planned.map((change, step): Change => {
      const check = async (): Promise<void> => {
        if (step === 0) await refuseChanged(place, known, [entity]);
        await refuseOther(place, entity, change);
      };
      const checkUndo = () => refuseLoss(place, entity, change, planned);
      return { ...change, check, checkUndo };
    }),
  );
  await perform(place, { changes, identities: [], last: [] }, performance);
}

/** Reads the account again. @throws {CommandError} one of them has other policies than before */
export async function refuseChanged(place: Place, before: Known, entities: readonly Entity[]): Promise<void> {
  const now = await readKnown(place);
  const changed = entities.filter((entity) => rightsText(before, entity) !== rightsText(now, entity));
  if (changed.length > 0)
    throw new CommandError(
      `the policies of ${changed.map(entityWords).join(", ")} have changed since they were read; run the command again to see what would be proposed now`,
    );
}

/** All that its rights come from: its own file, its groups, and the documents of the policies of all of them. */
function rightsText({ configuration, foreign }: Known, { kind, name }: Entity): string {
  const entity = ofKind(configuration, kind).find((one) => one.name === name);
  if (entity === undefined) return "";
  const groups = groupsOf(configuration, entity).map((group) => group.name);
  return JSON.stringify([entityText(entity), groups, layersOf(configuration, entity, foreign).text]);
}

/** A step is made where all is as its undo would leave it: that is what it was planned from. */
async function refuseOther({ services }: Place, entity: Entity, { text, undo }: Change): Promise<void> {
  for (const call of undo(new Map()))
    if (!(await isInEffect(services.iam, call)))
      throw new CommandError(`cannot ${text}: ${entityWords(entity)} has changed since it was read`);
}

/**
 * INVARIANT: the policy that was given goes only when nothing that it stands in for is gone: whoever gave the same policy at the same moment
 * has taken that away.
 */
async function refuseLoss(
  { services }: Place,
  entity: Entity,
  given: Change,
  planned: readonly Change[],
): Promise<void> {
  if (!given.call(new Map()).operation.startsWith("Put")) return;
  for (const { call } of planned.filter((other) => other !== given))
    if (await isInEffect(services.iam, call(new Map())))
      throw new CommandError(`${entityWords(entity)} would have fewer rights than before: somebody has changed it`);
}

/** For the file that takes it back: the steps in the order in which they are made, each with what has to be there still. */
export function undoOf(principals: readonly PlannedPrincipal[]): readonly UndonePrincipal[] {
  return principals.toReversed().map(({ entity, changes }) => ({
    Of: entityWords(entity),
    Steps: changes.toReversed().flatMap(({ call, undo }): readonly UndoneStep[] => {
      const Expects = call(new Map());
      return undo(new Map()).map((Call) => ({ Call, Expects }));
    }),
  }));
}

/**
 * One user or role after the other. What is not as it was left is refused by name, and the others are taken back.
 * @throws {CommandError} somebody was refused
 */
export async function undoProposals(
  place: Place,
  principals: readonly UndonePrincipal[],
  performance: Performance,
): Promise<void> {
  const refused: string[] = [];
  for (const { Of, Steps } of principals) {
    const other = await firstChanged(place, Steps);
    if (other === undefined) {
      const changes = Steps.map((step) => undoChange(place, Of, step));
      await perform(place, { changes, identities: [], last: [] }, performance);
    } else refused.push(`${Of}: ${callWords(other.Expects)} is not in effect any more`);
  }
  if (refused.length > 0)
    throw new CommandError(`not taken back, because it was changed since then: ${refused.join("; ")}`);
}

async function firstChanged({ services }: Place, steps: readonly UndoneStep[]): Promise<UndoneStep | undefined> {
  for (const step of steps) if (!(await isInEffect(services.iam, step.Expects))) return step;
  return undefined;
}

function undoChange(place: Place, of: string, step: UndoneStep): Change {
  const text = callWords(step.Call);
  const check = async (): Promise<void> => {
    if ((await firstChanged(place, [step])) !== undefined)
      throw new CommandError(`cannot make ${text}: ${of} was changed meanwhile`);
  };
  return { text, call: () => step.Call, undo: () => [step.Expects], check };
}
