import { isList, isObject, type Json, jsonObject, type JsonObject, textField } from "../formats/json.ts";
import { documentOf } from "../service/document.ts";
import { type AskOrganization, listedBy, managementAccount } from "../service/organization-service.ts";
import { type Entity, makeEntity } from "./configuration.ts";
import type { Kind } from "./layout.ts";

/** Types of control policies, and where they are kept. */
export const policyTypes = {
  SERVICE_CONTROL_POLICY: "service-control-policies",
  RESOURCE_CONTROL_POLICY: "resource-control-policies",
} as const satisfies Readonly<Record<string, Kind>>;

/** The organization as its management account has it, with the ids that calls need. */
export interface Organization {
  readonly entities: readonly Entity[];
  /** `p-…` of a policy by its entity's key, the account's number by its address, and `root`. */
  readonly ids: ReadonlyMap<string, string>;
  /** What is left alone: attachments to organizational units. */
  readonly left: readonly string[];
}

/** Undefined: the account is not the management account of an organization. */
export async function readOrganization(ask: AskOrganization, account: string): Promise<Organization | undefined> {
  const master = await managementAccount(ask);
  if (master !== account) return undefined;
  const ids = new Map<string, string>([["MANAGEMENT_ACCOUNT", account]]);
  const entities: Entity[] = [];
  for await (const root of listedBy(ask, "ListRoots", "Roots")) {
    ids.set("ROOT", textField(root, "Id"));
    const types = root.get("PolicyTypes");
    const enabled = isList(types) ? types.filter(isObject) : [];
    const names = enabled.filter((one) => textField(one, "Status") === "ENABLED").map((one) => textField(one, "Type"));
    const known = names.filter((name) => Object.hasOwn(policyTypes, name));
    entities.push(makeEntity("organization", "", jsonObject({ PolicyTypes: known })));
  }
  for await (const member of listedBy(ask, "ListAccounts", "Accounts")) {
    const [id, Email] = [textField(member, "Id"), textField(member, "Email")];
    const state = textField(member, "Status");
    if (id === account || state !== "ACTIVE") continue;
    ids.set(Email, id);
    entities.push(makeEntity("accounts", Email, jsonObject({ AccountName: textField(member, "Name"), Email })));
  }
  const left: string[] = [];
  for (const [type, kind] of Object.entries(policyTypes))
    for await (const summary of listedBy(ask, "ListPolicies", "Policies", { Filter: type })) {
      // AWS's own resource control policy is attached to everything, and nobody can detach it.
      if (kind === "resource-control-policies" && summary.get("AwsManaged") === true) continue;
      const policy = await readPolicy(ask, kind, summary, ids, left);
      entities.push(policy);
      ids.set(`${kind}/${policy.name}`, textField(summary, "Id"));
    }
  return { entities, ids, left };
}

async function readPolicy(
  ask: AskOrganization,
  kind: Kind,
  summary: JsonObject,
  ids: ReadonlyMap<string, string>,
  left: string[],
): Promise<Entity> {
  const PolicyId = textField(summary, "Id");
  const Name = textField(summary, "Name");
  const nameOf = new Map([...ids].map(([name, id]) => [id, name]));
  const targets: JsonObject[] = [];
  for await (const target of listedBy(ask, "ListTargetsForPolicy", "Targets", { PolicyId })) {
    const name = nameOf.get(textField(target, "TargetId"));
    if (name !== undefined) targets.push(targetOf(name));
    else if (textField(target, "Type") === "ORGANIZATIONAL_UNIT")
      left.push(`${Name} is attached to the organizational unit ${textField(target, "TargetId")}`);
  }
  const isAws = summary.get("AwsManaged") === true;
  return makeEntity(
    kind,
    Name,
    jsonObject({
      Name,
      AwsManaged: isAws,
      Description: isAws ? undefined : textField(summary, "Description"),
      Content: isAws ? undefined : await contentOf(ask, PolicyId),
      Targets: targets,
    }),
  );
}

function targetOf(name: string): JsonObject {
  return name.includes("@") ? jsonObject({ Type: "ACCOUNT", Email: name }) : jsonObject({ Type: name });
}

async function contentOf(ask: AskOrganization, PolicyId: string): Promise<Json> {
  const policy = (await ask("DescribePolicy", { PolicyId })).get("Policy");
  return documentOf(isObject(policy) ? textField(policy, "Content") : "");
}
