import type { IAMClient } from "@aws-sdk/client-iam";
import { failedWith } from "../../output/errors.ts";
import { policyDocumentOption, shellWord } from "../../output/quoting.ts";
import { listKeyIds } from "../../service/users.ts";
import type { ActionContext, Outcome } from "../action.ts";
import { compact } from "../documents.ts";
import type { StepOf } from "../steps.ts";
import { isToolTag, tagList } from "../../service/tool-tags.ts";

export async function createUser(step: StepOf<"create-user">, context: ActionContext): Promise<Outcome> {
  const { iam } = context.services;
  const { CreateUserCommand } = await import("@aws-sdk/client-iam");
  const boundary = step.boundary === undefined ? {} : { PermissionsBoundary: step.boundary };
  const input = { UserName: step.user, ...boundary };
  try {
    await iam.send(new CreateUserCommand({ ...input, Tags: tagList(step.tags) }));
  } catch (error) {
    // This command has always worked for callers who may create users but not tag them.
    if (!failedWith(error, "AccessDenied") || [...step.tags.keys()].some((key) => !isToolTag(key))) throw error;
    await iam.send(new CreateUserCommand(input));
    context.report(
      `Warning: user ${step.user} is not tagged, so list-credentials and expire will not know it (iam:TagUser)`,
    );
  }
  return {
    message: `Created user: ${step.user}${step.boundary === undefined ? "" : ` with permissions boundary: ${step.boundary}`}`,
    undo: {
      remains: `user ${step.user}`,
      command: `s3-credentials delete-user ${shellWord(step.user)}`,
      run: () => deleteNewUser(iam, step.user),
    },
  };
}

/** The user is this run's own, so a key whose creation got no answer is too. */
async function deleteNewUser(iam: IAMClient, user: string): Promise<void> {
  const { DeleteAccessKeyCommand, DeleteUserCommand } = await import("@aws-sdk/client-iam");
  for await (const key of listKeyIds(iam, user))
    await iam.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: key }));
  await iam.send(new DeleteUserCommand({ UserName: user }));
}

export async function putUserPolicy(
  step: StepOf<"put-user-policy">,
  { services: { iam }, attempt }: ActionContext,
): Promise<Outcome> {
  const { PutUserPolicyCommand, DeleteUserPolicyCommand } = await import("@aws-sdk/client-iam");
  const target = { UserName: step.user, PolicyName: step.policy };
  const { previous } = step;
  const undo =
    previous === undefined
      ? {
          remains: `policy ${step.policy} of user ${step.user}`,
          command: `aws iam delete-user-policy --user-name ${shellWord(step.user)} --policy-name ${shellWord(step.policy)}`,
          run: async () => void (await iam.send(new DeleteUserPolicyCommand(target))),
        }
      : {
          remains: `the new text of policy ${step.policy} of user ${step.user}`,
          command: `aws iam put-user-policy --user-name ${shellWord(step.user)} --policy-name ${shellWord(step.policy)}${policyDocumentOption(previous)}`,
          run: async () => void (await iam.send(new PutUserPolicyCommand({ ...target, PolicyDocument: previous }))),
        };
  attempt(undo);
  await iam.send(new PutUserPolicyCommand({ ...target, PolicyDocument: compact(step.document.value) }));
  return { message: `Attached policy ${step.policy} to user ${step.user}`, undo };
}

export async function tagUser(
  step: StepOf<"tag-user">,
  { services: { iam, provider }, attempt }: ActionContext,
): Promise<Outcome> {
  const { TagUserCommand, UntagUserCommand } = await import("@aws-sdk/client-iam");
  const undo = {
    remains: `tags of user ${step.user}`,
    command:
      provider.usersFrom === "ceph-admin"
        ? `radosgw-admin user modify --uid ${shellWord(step.user)} --display-name NAME`
        : `aws iam untag-user --user-name ${shellWord(step.user)} --tag-keys ${[...step.tags.keys()].map(shellWord).join(" ")}`,
    run: async () => {
      const added = [...step.tags.keys()].filter((key) => !step.previous.has(key));
      if (added.length > 0) await iam.send(new UntagUserCommand({ UserName: step.user, TagKeys: added }));
      if (step.previous.size > 0)
        await iam.send(new TagUserCommand({ UserName: step.user, Tags: tagList(step.previous) }));
    },
  };
  attempt(undo);
  await iam.send(new TagUserCommand({ UserName: step.user, Tags: tagList(step.tags) }));
  return { message: `Tagged user: ${step.user}`, undo };
}
