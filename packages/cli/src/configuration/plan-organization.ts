/** The organization: types of policies, accounts, control policies and what they are attached to. */
import { isList, isObject, textField } from "../formats/json.ts";
import { answeredText, organizationCall } from "./call.ts";
import { type Change, type Ids, setDifference } from "./change.ts";
import { documentOf, type Entity, entityKey, entityWords, textOf, textsOf } from "./configuration.ts";
import { policyTypes } from "./read-organization.ts";

export function policyTypeChanges(before: Entity | undefined, after: Entity | undefined): readonly Change[] {
  const types = (entity: Entity | undefined) => (entity === undefined ? [] : textsOf(entity, "PolicyTypes"));
  return setDifference(types(before), types(after)).made.map((PolicyType) => ({
    text: `enable policies of the type ${PolicyType}`,
    call: (ids) => organizationCall("EnablePolicyType", { RootId: idOf(ids, "ROOT"), PolicyType }),
    undo: (ids) => [organizationCall("DisablePolicyType", { RootId: idOf(ids, "ROOT"), PolicyType })],
  }));
}

function idOf(ids: Ids, name: string): string {
  const id = ids.get(name);
  if (id === undefined) throw new Error(`no id of ${name}`);
  return id;
}

/** Its number is known when the service has made it, at AWS after some minutes: the call waits for it. */
export function makeAccount(after: Entity): Change {
  const AccountName = textOf(after, "AccountName");
  return {
    text: `create ${entityWords(after)}`,
    call: () => organizationCall("CreateAccount", { AccountName, Email: after.name }),
    learn: (answer, ids) => ids.set(after.name, answeredText(answer, "CreateAccountStatus", "AccountId")),
    undo: () => [],
    lasting: `the account of ${after.name} is there; s3-credentials account close ID closes it`,
  };
}

/** The names of what a control policy is attached to: `ROOT`, `MANAGEMENT_ACCOUNT`, or the address of an account. */
export function targetsOf({ members }: Entity): readonly string[] {
  const value = members.get("Targets");
  const targets = isList(value) ? value.filter(isObject) : [];
  return targets.map((target) => textField(target, "Email") || textField(target, "Type"));
}

export interface ControlChanges {
  readonly made: readonly Change[];
  readonly attached: readonly Change[];
  readonly detached: readonly Change[];
}

/** `before`: undefined when it is to be made. */
export function controlPolicyChanges(before: Entity | undefined, after: Entity): ControlChanges {
  const key = entityKey(after.kind, after.name);
  const words = entityWords(after);
  const { gone, made } = setDifference(before === undefined ? [] : targetsOf(before), targetsOf(after));
  const attachment = (operation: "AttachPolicy" | "DetachPolicy", target: string) => (ids: Ids) =>
    organizationCall(operation, { PolicyId: idOf(ids, key), TargetId: idOf(ids, target) });
  const both = (text: string, target: string, does: "AttachPolicy" | "DetachPolicy"): Change => ({
    text: `${text} ${target}`,
    call: attachment(does, target),
    undo: (ids) => [attachment(does === "AttachPolicy" ? "DetachPolicy" : "AttachPolicy", target)(ids)],
  });
  return {
    made: before === undefined ? [makeControlPolicy(after, key)] : updateControlPolicy(before, after, key),
    attached: made.map((target) => both(`attach ${words} to`, target, "AttachPolicy")),
    detached: gone.map((target) => both(`detach ${words} from`, target, "DetachPolicy")),
  };
}

function contentOf(policy: Entity): Readonly<Record<string, string>> {
  return { Content: documentOf(policy, "Content"), Description: textOf(policy, "Description") };
}

function makeControlPolicy(after: Entity, key: string): Change {
  const [Type = ""] = Object.entries(policyTypes).find(([, kind]) => kind === after.kind) ?? [];
  return {
    text: `create ${entityWords(after)}`,
    call: () => organizationCall("CreatePolicy", { Name: after.name, Type, ...contentOf(after) }),
    learn: (answer, ids) => ids.set(key, answeredText(answer, "Policy", "PolicySummary", "Id")),
    undo: (ids) => [organizationCall("DeletePolicy", { PolicyId: idOf(ids, key) })],
  };
}

function updateControlPolicy(before: Entity, after: Entity, key: string): readonly Change[] {
  if (JSON.stringify(contentOf(before)) === JSON.stringify(contentOf(after))) return [];
  const update = (policy: Entity) => (ids: Ids) =>
    organizationCall("UpdatePolicy", { PolicyId: idOf(ids, key), ...contentOf(policy) });
  return [
    {
      text: `replace the document of ${entityWords(after)}`,
      call: update(after),
      undo: (ids) => [update(before)(ids)],
    },
  ];
}

/** It comes last in a run: a policy that is made again has another id, so its deletion cannot be undone. */
export function removeControlPolicy(before: Entity): readonly Change[] {
  const key = entityKey(before.kind, before.name);
  const { detached } = controlPolicyChanges(before, { ...before, members: new Map(before.members).set("Targets", []) });
  const deletion: Change = {
    text: `delete ${entityWords(before)}`,
    call: (ids) => organizationCall("DeletePolicy", { PolicyId: idOf(ids, key) }),
    undo: () => [],
    lasting: `${entityWords(before)} is deleted`,
  };
  return [...detached, deletion];
}
