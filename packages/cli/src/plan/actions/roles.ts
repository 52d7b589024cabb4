import { policyDocumentOption, shellWord } from "../../output/quoting.ts";
import type { ActionContext, Outcome } from "../action.ts";
import { compact } from "../documents.ts";
import type { StepOf } from "../steps.ts";
import { tagList } from "../../service/tool-tags.ts";

export async function createRole(step: StepOf<"create-role">, { services: { iam } }: ActionContext): Promise<Outcome> {
  const { CreateRoleCommand, DeleteRoleCommand } = await import("@aws-sdk/client-iam");
  await iam.send(
    new CreateRoleCommand({
      RoleName: step.role,
      Description: step.description,
      AssumeRolePolicyDocument: compact(step.trust),
      MaxSessionDuration: step.maxSeconds,
      ...(step.tags.size === 0 ? {} : { Tags: tagList(step.tags) }),
    }),
  );
  return {
    message: `Created role: ${step.role}`,
    undo: {
      remains: `role ${step.role}`,
      command: `s3-credentials delete-role ${shellWord(step.role)}`,
      run: async () => void (await iam.send(new DeleteRoleCommand({ RoleName: step.role }))),
    },
  };
}

export async function attachRolePolicy(
  step: StepOf<"attach-role-policy">,
  { services: { iam }, attempt }: ActionContext,
): Promise<Outcome> {
  const { AttachRolePolicyCommand, DetachRolePolicyCommand } = await import("@aws-sdk/client-iam");
  const input = { RoleName: step.role, PolicyArn: step.policyArn };
  const undo = {
    remains: `policy ${step.policyArn} on role ${step.role}`,
    command: `aws iam detach-role-policy --role-name ${shellWord(step.role)} --policy-arn ${shellWord(step.policyArn)}`,
    run: async () => void (await iam.send(new DetachRolePolicyCommand(input))),
  };
  attempt(undo);
  await iam.send(new AttachRolePolicyCommand(input));
  return { ...(step.repair ? { message: `Attached policy ${step.policyArn} to role ${step.role}` } : {}), undo };
}

export async function lengthenRoleSessions(
  step: StepOf<"lengthen-role-sessions">,
  { services: { iam }, attempt }: ActionContext,
): Promise<Outcome> {
  const { UpdateRoleCommand } = await import("@aws-sdk/client-iam");
  const undo = {
    remains: `role ${step.role} with sessions of up to ${step.to} seconds`,
    command: `aws iam update-role --role-name ${shellWord(step.role)} --max-session-duration ${step.from}`,
    run: async () =>
      void (await iam.send(new UpdateRoleCommand({ RoleName: step.role, MaxSessionDuration: step.from }))),
  };
  attempt(undo);
  await iam.send(new UpdateRoleCommand({ RoleName: step.role, MaxSessionDuration: step.to }));
  return {
    message: `Lengthened sessions of role ${step.role} from ${step.from} to ${step.to} seconds at most`,
    undo,
  };
}

export async function putRoleTrust(
  step: StepOf<"put-role-trust">,
  { services: { iam }, attempt }: ActionContext,
): Promise<Outcome> {
  const { UpdateAssumeRolePolicyCommand } = await import("@aws-sdk/client-iam");
  const put = async (document: string): Promise<void> => {
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: step.role, PolicyDocument: document }));
  };
  const undo = {
    remains: `the new trust policy of role ${step.role}`,
    command: `aws iam update-assume-role-policy --role-name ${shellWord(step.role)}${policyDocumentOption(step.previous)}`,
    run: () => put(step.previous),
  };
  attempt(undo);
  await put(compact(step.trust));
  return { message: `Trust policy of role ${step.role} now allows ${step.extend.join(" and ")}`, undo };
}

export async function putRolePolicy(
  step: StepOf<"put-role-policy">,
  { services: { iam }, attempt }: ActionContext,
): Promise<Outcome> {
  const { DeleteRolePolicyCommand, PutRolePolicyCommand } = await import("@aws-sdk/client-iam");
  const target = { RoleName: step.role, PolicyName: step.policy };
  const { previous } = step;
  const undo = {
    remains: `policy ${step.policy} of role ${step.role}`,
    command: `aws iam ${previous === undefined ? "delete" : "put"}-role-policy --role-name ${shellWord(step.role)} --policy-name ${shellWord(step.policy)}${policyDocumentOption(previous)}`,
    run: async () => {
      if (previous === undefined) await iam.send(new DeleteRolePolicyCommand(target));
      else await iam.send(new PutRolePolicyCommand({ ...target, PolicyDocument: previous }));
    },
  };
  attempt(undo);
  await iam.send(new PutRolePolicyCommand({ ...target, PolicyDocument: compact(step.document.value) }));
  return { message: `Attached policy ${step.policy} to role ${step.role}`, undo };
}
