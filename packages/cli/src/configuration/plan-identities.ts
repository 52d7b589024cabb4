/** Users, groups and roles: what makes the service's one what the directory's is. */
import { jsonObject } from "../formats/json.ts";
import { iamCall } from "./call.ts";
import { type Change, change, mapDifference, setDifference } from "./change.ts";
import {
  documentOf,
  type Entity,
  entityWords,
  inlineOf,
  makeEntity,
  tagsOf,
  textOf,
  textsOf,
} from "./configuration.ts";
import { boundaryCalls, identityCalls, type IdentityKind, tagCalls } from "./identity-calls.ts";

/** Nobody may assume a role with it. A new role has it while the principals of its own trust policy are being made. */
const closedTrust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
});

/** A new one with what its first call gives it, and nothing else. */
export interface Made {
  readonly change: Change;
  readonly bare: Entity;
}

/** `later`: its trust policy names somebody who is made in the same run. */
export function makeIdentity(kind: IdentityKind, after: Entity, later: boolean): Made {
  const { name } = after;
  const text = `create ${entityWords(after)}`;
  const Path = textOf(after, "Path");
  const members = kind === "groups" ? [] : ["PermissionsBoundary", "Tags"];
  const roleMembers = kind === "roles" ? ["Description", "MaxSessionDuration"] : [];
  const kept = ["Path", ...members, ...roleMembers, ...(later ? [] : ["AssumeRolePolicyDocument"])];
  const bare = makeEntity(kind, name, jsonObject(Object.fromEntries(kept.map((key) => [key, after.members.get(key)]))));
  if (kind === "groups")
    return {
      bare,
      change: change(
        text,
        iamCall("CreateGroup", { GroupName: name, Path }),
        iamCall("DeleteGroup", { GroupName: name }),
      ),
    };
  const boundary = textOf(after, "PermissionsBoundary");
  const shared = {
    Path,
    ...(boundary === "" ? {} : { PermissionsBoundary: boundary }),
    ...(tagsOf(after).size === 0 ? {} : { Tags: [...tagsOf(after)].map(([Key, Value]) => ({ Key, Value })) }),
  };
  if (kind === "users")
    return {
      bare,
      change: change(
        text,
        iamCall("CreateUser", { UserName: name, ...shared }),
        iamCall("DeleteUser", { UserName: name }),
      ),
    };
  const create = iamCall("CreateRole", {
    RoleName: name,
    ...shared,
    Description: textOf(after, "Description"),
    MaxSessionDuration: Number(textOf(after, "MaxSessionDuration")),
    AssumeRolePolicyDocument: later ? closedTrust : documentOf(after, "AssumeRolePolicyDocument"),
  });
  return { bare, change: change(text, create, iamCall("DeleteRole", { RoleName: name })) };
}

/** What the role itself is: trust, description, longest session. */
export function roleChanges(before: Entity, after: Entity): readonly Change[] {
  const RoleName = after.name;
  const words = entityWords(after);
  const settings = (role: Entity) =>
    iamCall("UpdateRole", {
      RoleName,
      Description: textOf(role, "Description"),
      MaxSessionDuration: Number(textOf(role, "MaxSessionDuration")),
    });
  const trust = (document: string) => iamCall("UpdateAssumeRolePolicy", { RoleName, PolicyDocument: document });
  const isOther = ["Description", "MaxSessionDuration"].some((name) => textOf(before, name) !== textOf(after, name));
  const [was, is] = [before, after].map((role) => documentOf(role, "AssumeRolePolicyDocument"));
  return [
    ...(isOther ? [change(`change the settings of ${words}`, settings(after), settings(before))] : []),
    ...(was === is ? [] : [change(`set the trust policy of ${words}`, trust(is ?? ""), trust(was || closedTrust))]),
  ];
}

export function tagChanges(
  kind: "users" | "roles" | "policies",
  target: string,
  before: Entity,
  after: Entity,
): readonly Change[] {
  const words = entityWords(after);
  const { gone, made, changed } = mapDifference(tagsOf(before), tagsOf(after));
  const { tag, untag } = tagCalls[kind];
  const set = new Map([...made, ...changed.map(([key, , value]) => [key, value] as const)]);
  const old = new Map(changed.map(([key, value]) => [key, value] as const));
  const goneKeys = gone.map(([key]) => key);
  const madeKeys = made.map(([key]) => key);
  const unset = madeKeys.length === 0 ? [] : [untag(target, madeKeys)];
  const reset = old.size === 0 ? [] : [tag(target, old)];
  return [
    ...(set.size === 0 ? [] : [change(`tag ${words}`, tag(target, set), ...unset, ...reset)]),
    ...(gone.length === 0
      ? []
      : [change(`take tags from ${words}`, untag(target, goneKeys), tag(target, new Map(gone)))]),
  ];
}

export function boundaryChanges(kind: "users" | "roles", before: Entity, after: Entity): readonly Change[] {
  const [was, is] = [before, after].map((one) => textOf(one, "PermissionsBoundary") || undefined);
  if (was === is) return [];
  const call = boundaryCalls[kind];
  const text = `${is === undefined ? "take the permissions boundary from" : "set the permissions boundary of"} ${entityWords(after)}`;
  return [change(text, call(after.name, is), call(after.name, was))];
}

/** What is added and what goes. Additions come first in a run: a Deny that replaces another leaves no gap. */
export interface Rights {
  readonly added: readonly Change[];
  readonly taken: readonly Change[];
}

export function rightsChanges(kind: IdentityKind, before: Entity, after: Entity): Rights {
  const { name } = after;
  const words = entityWords(after);
  const { attach, detach, put, remove } = identityCalls[kind];
  const inline = mapDifference(inlineOf(before), inlineOf(after));
  const attached = setDifference(textsOf(before, "AttachedManagedPolicies"), textsOf(after, "AttachedManagedPolicies"));
  return {
    added: [
      ...inline.made.map(([policy, document]) =>
        change(`put policy ${policy} into ${words}`, put(name, policy, document), remove(name, policy)),
      ),
      ...inline.changed.map(([policy, was, document]) =>
        change(`replace policy ${policy} of ${words}`, put(name, policy, document), put(name, policy, was)),
      ),
      ...attached.made.map((arn) => change(`attach ${arn} to ${words}`, attach(name, arn), detach(name, arn))),
    ],
    taken: [
      ...attached.gone.map((arn) => change(`detach ${arn} from ${words}`, detach(name, arn), attach(name, arn))),
      ...inline.gone.map(([policy, was]) =>
        change(`delete policy ${policy} of ${words}`, remove(name, policy), put(name, policy, was)),
      ),
    ],
  };
}

export function memberChanges(before: Entity, after: Entity): Rights {
  const GroupName = after.name;
  const { gone, made } = setDifference(textsOf(before, "Users"), textsOf(after, "Users"));
  const add = (UserName: string) => iamCall("AddUserToGroup", { GroupName, UserName });
  const remove = (UserName: string) => iamCall("RemoveUserFromGroup", { GroupName, UserName });
  return {
    added: made.map((user) => change(`add user ${user} to group ${GroupName}`, add(user), remove(user))),
    taken: gone.map((user) => change(`take user ${user} out of group ${GroupName}`, remove(user), add(user))),
  };
}
