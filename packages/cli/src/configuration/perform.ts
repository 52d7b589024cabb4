/** Makes the changes, each with its undo. */
import { CommandError } from "../command-line/failures.ts";
import type { InspectedIdentity } from "../plan/delete-identity.ts";
import { deleteIdentity } from "../plan/delete-identity.ts";
import { isAsBefore, type Task, runUndoable } from "../plan/run-undoable.ts";
import { type Call, callMaker, callText, iamCall, type MakeCall } from "./call.ts";
import type { Change, Ids } from "./change.ts";
import { makePolicy } from "./plan-policies.ts";
import { type Entity, entityWords, makeEntity, textOf } from "./configuration.ts";
import { memberChanges, rightsChanges } from "./plan-identities.ts";
import type { Place } from "./read-service.ts";

export interface Performance {
  readonly ids: Ids;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
}

/** A group or policy with everything that has to go before it. */
export function removalChanges(entity: Entity, arn: string, otherVersions: readonly string[]): readonly Change[] {
  const words = entityWords(entity);
  if (entity.kind === "groups") {
    const bare = makeEntity("groups", entity.name, new Map([["Path", textOf(entity, "Path")]]));
    const GroupName = entity.name;
    return [
      ...memberChanges(entity, bare).taken,
      ...rightsChanges("groups", entity, bare).taken,
      {
        text: `delete ${words}`,
        call: () => iamCall("DeleteGroup", { GroupName }),
        undo: () => [iamCall("CreateGroup", { GroupName, Path: textOf(entity, "Path") })],
      },
    ];
  }
  const make = makePolicy(entity, arn).call(new Map());
  return [
    ...otherVersions.map((VersionId): Change => ({
      text: `delete version ${VersionId} of ${words}`,
      call: () => iamCall("DeletePolicyVersion", { PolicyArn: arn, VersionId }),
      undo: () => [],
      lasting: `the version ${VersionId} of ${words} is gone`,
    })),
    { text: `delete ${words}`, call: () => iamCall("DeletePolicy", { PolicyArn: arn }), undo: () => [make] },
  ];
}

/** `identities` go after the changes, and `last` after them. */
export async function perform(
  place: Place,
  work: {
    readonly changes: readonly Change[];
    readonly identities: readonly InspectedIdentity[];
    readonly last: readonly Change[];
  },
  performance: Performance,
): Promise<void> {
  const { signal, report } = performance;
  const { consistent } = place;
  const make = callMaker(place.services, place.ask, { signal, consistent });
  // An interrupted run has to undo what it made.
  const undo = callMaker(place.services, place.ask, { signal: new AbortController().signal, consistent });
  const taskOf = (change: Change): Task => changeTask(change, make, undo, performance);
  const deletions = work.identities.map((identity): Task => {
    const text = `delete ${identity.kind} ${identity.name}`;
    return {
      text,
      async run(keep) {
        await deleteIdentity(identity, async () => {});
        report(text);
        const remains = `${identity.kind} ${identity.name} is deleted`;
        keep(cannotBeUndone(remains));
      },
    };
  });
  await runUndoable([...work.changes.map(taskOf), ...deletions, ...work.last.map(taskOf)], signal);
}

function cannotBeUndone(remains: string) {
  return {
    remains,
    command: "nothing: make it again by hand",
    run: () => Promise.reject(new CommandError("it cannot be undone")),
  };
}

function changeTask(change: Change, make: MakeCall, undo: MakeCall, { ids, report }: Performance): Task {
  return {
    text: change.text,
    async run(keep, attempt) {
      await change.check?.();
      const call = change.call(ids);
      const back = change.withoutAnswer ?? (isRetraceable(call) ? change.undo(ids) : []);
      if (back.length > 0) attempt(undoOf(change, back, unlessAsBefore(undo)));
      const answer = await make(call);
      if (change.lasting !== undefined) keep(cannotBeUndone(change.lasting));
      change.learn?.(answer, ids);
      const calls = change.undo(ids);
      if (calls.length > 0) keep(undoOf(change, calls, undo));
      report(change.text);
    },
  };
}

/** What is created by a lost call may be somebody else's, and a bucket's versioning can be suspended but not taken away. */
function isRetraceable({ operation }: Call): boolean {
  return !operation.startsWith("Create") && operation !== "PutBucketVersioning";
}

/** Undoes a call that may not have been made: an error that says that nothing is there to undo is none. */
function unlessAsBefore(make: MakeCall): MakeCall {
  return async (call) => {
    try {
      return await make(call);
    } catch (error) {
      if (!isAsBefore(error)) throw error;
      return undefined;
    }
  };
}

function undoOf(change: Change, calls: readonly Call[], make: MakeCall) {
  return {
    remains: `what it did to ${change.text}`,
    command: calls.map(callText).join(" && "),
    async run() {
      await change.checkUndo?.();
      for (const call of calls) await make(call);
    },
  };
}
