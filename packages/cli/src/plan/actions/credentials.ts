import { textField } from "../../formats/json.ts";
import { failedWith } from "../../output/errors.ts";
import { shellWord } from "../../output/quoting.ts";
import { accessKeyShape, credentialsShape } from "../../service/shapes.ts";
import { readStructure, sendForXml } from "../../service/wire.ts";
import type { ActionContext, Outcome } from "../action.ts";
import { compact } from "../documents.ts";
import { retryWhile } from "../retry.ts";
import type { StepOf } from "../steps.ts";
import { tagList } from "../../service/tool-tags.ts";

/** Seconds to try again. */
const timeoutSeconds = { role: 20, throttle: 10 } as const;

export async function createAccessKey(step: StepOf<"create-access-key">, context: ActionContext): Promise<Outcome> {
  const { CreateAccessKeyCommand, DeleteAccessKeyCommand } = await import("@aws-sdk/client-iam");
  const { iam, iamOnce } = context.services;
  const { document } = await retryWhile(
    () => {
      const command = new CreateAccessKeyCommand({ UserName: step.user });
      return sendForXml(command, () => iamOnce.send(command));
    },
    (error) => failedWith(error, "Throttling", "ThrottlingException"),
    timeoutSeconds.throttle,
    context.signal,
  );
  const credentials = readStructure(document, ["CreateAccessKeyResult", "AccessKey"], accessKeyShape);
  const target = { UserName: step.user, AccessKeyId: textField(credentials, "AccessKeyId") };
  return {
    message: `Created access key for user: ${step.user}`,
    credentials,
    undo: {
      remains: `access key ${target.AccessKeyId} of user ${step.user}`,
      command: `s3-credentials delete-key ${shellWord(step.user)} ${shellWord(target.AccessKeyId)}`,
      run: async () => void (await iam.send(new DeleteAccessKeyCommand(target))),
    },
  };
}

export async function assumeRole(step: StepOf<"assume-role">, context: ActionContext): Promise<Outcome> {
  const { AssumeRoleCommand } = await import("@aws-sdk/client-sts");
  const { sts } = context.services;
  context.report(
    step.roleArn === undefined
      ? `Assume a session of the caller itself for ${step.seconds}s`
      : `Assume role against ${step.roleArn} for ${step.seconds}s`,
  );
  const { document } = await retryWhile(
    () => {
      const command = new AssumeRoleCommand({
        RoleArn: step.roleArn,
        RoleSessionName: step.session,
        Policy: compact(step.policy.value),
        DurationSeconds: step.seconds,
        ...(step.tags.size === 0 ? {} : { Tags: tagList(step.tags) }),
        ...(step.sourceIdentity === undefined ? {} : { SourceIdentity: step.sourceIdentity }),
      });
      return sendForXml(command, () => sts.send(command));
    },
    (error) => step.fresh && failedWith(error, "AccessDenied"),
    timeoutSeconds.role,
    context.signal,
  );
  return { credentials: readStructure(document, ["AssumeRoleResult", "Credentials"], credentialsShape) };
}

export async function deactivateAccessKey(
  step: StepOf<"deactivate-access-key">,
  context: ActionContext,
): Promise<Outcome> {
  const { UpdateAccessKeyCommand } = await import("@aws-sdk/client-iam");
  const { iam } = context.services;
  const target = { UserName: step.user, AccessKeyId: step.accessKeyId };
  const undo = {
    remains: `access key ${step.accessKeyId} of user ${step.user}, turned off`,
    command: `aws iam update-access-key --user-name ${shellWord(step.user)} --access-key-id ${shellWord(step.accessKeyId)} --status Active`,
    run: async () => void (await iam.send(new UpdateAccessKeyCommand({ ...target, Status: "Active" }))),
  };
  context.attempt(undo);
  await iam.send(new UpdateAccessKeyCommand({ ...target, Status: "Inactive" }));
  return { message: `Turned off access key ${step.accessKeyId} of user ${step.user}`, undo };
}

export async function deleteAccessKey(step: StepOf<"delete-access-key">, context: ActionContext): Promise<Outcome> {
  const { DeleteAccessKeyCommand } = await import("@aws-sdk/client-iam");
  await context.services.iam.send(new DeleteAccessKeyCommand({ UserName: step.user, AccessKeyId: step.accessKeyId }));
  return { message: `Deleted access key ${step.accessKeyId} of user ${step.user}` };
}
