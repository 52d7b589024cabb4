/** Whether what a call does is so already, or still: IAM has no changes that depend on what is there. */
import type { IAMClient } from "@aws-sdk/client-iam";
import { dumps } from "../formats/python-json.ts";
import { failedWith } from "../output/errors.ts";
import { decodeDocument, documentOf } from "../service/document.ts";
import type { Call } from "./call.ts";
import { sortKeys } from "./configuration.ts";

type Input = Readonly<Record<string, unknown>>;
type Look = (iam: IAMClient, input: Input) => Promise<boolean>;

/** By operation; the calls by which somebody's policies and groups change. */
const looks: Readonly<Record<string, Look>> = {
  PutUserPolicy: async (iam, input) => isSame(await inlinePolicy(iam, input), input),
  DeleteUserPolicy: async (iam, input) => (await inlinePolicy(iam, input)) === undefined,
  PutRolePolicy: async (iam, input) => isSame(await inlinePolicy(iam, input), input),
  DeleteRolePolicy: async (iam, input) => (await inlinePolicy(iam, input)) === undefined,
  AttachUserPolicy: isAttached,
  DetachUserPolicy: async (iam, input) => !(await isAttached(iam, input)),
  AttachRolePolicy: isAttached,
  DetachRolePolicy: async (iam, input) => !(await isAttached(iam, input)),
  AddUserToGroup: isMember,
  RemoveUserFromGroup: async (iam, input) => !(await isMember(iam, input)),
};

export function hasState({ service, operation }: Pick<Call, "service" | "operation">): boolean {
  return service === "iam" && Object.hasOwn(looks, operation);
}

/** Whether the account is as the call leaves it. Throws for a call of which that cannot be seen: see `hasState`. */
export async function isInEffect(iam: IAMClient, { operation, input }: Call): Promise<boolean> {
  const look = looks[operation];
  if (look === undefined) throw new Error(`nobody can see whether ${operation} is in effect`);
  try {
    return await look(iam, input);
  } catch (error) {
    // The user, the role or the group is gone: nothing of it is in effect.
    if (isGone(error)) return false;
    throw error;
  }
}

const isGone = (error: unknown): boolean => failedWith(error, "NoSuchEntity", "NoSuchEntityException");

function textIn(input: Input, name: string): string {
  const value = input[name];
  return typeof value === "string" ? value : "";
}

/** The document; undefined: the user or role is there, and has no policy of this name. */
async function inlinePolicy(iam: IAMClient, input: Input): Promise<string | undefined> {
  const sdk = await import("@aws-sdk/client-iam");
  const [UserName, RoleName, PolicyName] = ["UserName", "RoleName", "PolicyName"].map((name) => textIn(input, name));
  try {
    const { PolicyDocument = "" } =
      UserName === ""
        ? await iam.send(new sdk.GetRolePolicyCommand({ RoleName, PolicyName }))
        : await iam.send(new sdk.GetUserPolicyCommand({ UserName, PolicyName }));
    return decodeDocument(PolicyDocument);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  // The service says the same of a user or role that is gone; this fails then.
  if (UserName === "") await iam.send(new sdk.GetRoleCommand({ RoleName }));
  else await iam.send(new sdk.GetUserCommand({ UserName }));
  return undefined;
}

function isSame(found: string | undefined, input: Input): boolean {
  const canonical = (text: string): string => dumps(sortKeys(documentOf(text)));
  return found !== undefined && canonical(found) === canonical(textIn(input, "PolicyDocument"));
}

async function isAttached(iam: IAMClient, input: Input): Promise<boolean> {
  const sdk = await import("@aws-sdk/client-iam");
  const [UserName, RoleName, arn] = ["UserName", "RoleName", "PolicyArn"].map((name) => textIn(input, name));
  const pages =
    UserName === ""
      ? sdk.paginateListAttachedRolePolicies({ client: iam }, { RoleName })
      : sdk.paginateListAttachedUserPolicies({ client: iam }, { UserName });
  for await (const { AttachedPolicies = [] } of pages)
    if (AttachedPolicies.some(({ PolicyArn }) => PolicyArn === arn)) return true;
  return false;
}

async function isMember(iam: IAMClient, input: Input): Promise<boolean> {
  const { paginateListGroupsForUser } = await import("@aws-sdk/client-iam");
  const [UserName, group] = ["UserName", "GroupName"].map((name) => textIn(input, name));
  for await (const { Groups = [] } of paginateListGroupsForUser({ client: iam }, { UserName }))
    if (Groups.some(({ GroupName }) => GroupName === group)) return true;
  return false;
}
