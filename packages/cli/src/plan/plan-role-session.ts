import type { IAMClient, Role } from "@aws-sdk/client-iam";
import type { STSClient } from "@aws-sdk/client-sts";
import { during, failedWith } from "../output/errors.ts";
import { CommandError } from "../output/failures.ts";
import { partitionOfArn } from "../service/partition.ts";
import { decodeDocument, documentOf } from "../service/document.ts";
import type { TemporaryRequest } from "./create-request.ts";
import { roleName } from "./names.ts";
import { quota } from "./quota.ts";
import { statementsOf } from "./documents.ts";
import { accountTrust, checkTrust, missingActions } from "./role-trust.ts";
import type { Services } from "./services.ts";
import type { Plan, Step } from "./steps.ts";

/** A session cut down by the policy asked for: of the S3 role, which is made or checked and repaired before, or of another. */
export async function planRoleSession(request: TemporaryRequest, services: Services): Promise<Plan> {
  const { role } = request;
  if (role.kind === "own") return planOwnRole(request, services);
  const roleArn = role.kind === "arn" ? { roleArn: role.arn } : {};
  return { steps: [{ ...sessionStep(request), ...roleArn, fresh: false }], warnings: [] };
}

function sessionStep({ sessionName, policy, seconds, tags, sourceIdentity }: TemporaryRequest) {
  return {
    kind: "assume-role",
    session: sessionName,
    policy,
    seconds,
    tags,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  } as const;
}

async function planOwnRole(request: TemporaryRequest, { iam, sts }: Services): Promise<Plan> {
  const caller = await identify(sts);
  refuseCaller(caller, request.seconds);
  const policyArn = `arn:${caller.partition}:iam::aws:policy/AmazonS3FullAccess`;
  const role = await findRole(iam);
  const changes =
    role === undefined ? newRole(request, caller, policyArn) : await repairs(iam, role, caller, policyArn, request);
  const warnings =
    request.beyondS3.length === 0
      ? []
      : [
          `the role has S3 only: what the policy says of ${request.beyondS3.join(", ")} has no effect in temporary credentials`,
        ];
  const roleArn = role?.Arn ?? `arn:${caller.partition}:iam::${caller.account}:role/${roleName}`;
  return { steps: [...changes, { ...sessionStep(request), roleArn, fresh: changes.length > 0 }], warnings };
}

interface Caller {
  readonly account: string;
  readonly arn: string;
  readonly partition: string;
}

async function identify(sts: STSClient): Promise<Caller> {
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
  if (Account === undefined || Arn === undefined)
    throw new CommandError("the service does not say which account these credentials belong to");
  return { account: Account, arn: Arn, partition: partitionOfArn(Arn) };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html and …/IAM/latest/UserGuide/id_roles.html (role chaining) */
function refuseCaller({ arn }: Caller, seconds: number): void {
  if (arn.endsWith(":root")) {
    throw new CommandError(
      "the account root may not assume roles: use the credentials of an IAM user, or leave out --duration for permanent ones",
    );
  }
  if (arn.includes(":assumed-role/") && seconds > quota.chainedSession) {
    throw new CommandError(
      `these credentials are a role session (${arn}), and a role session may assume another role for one hour at most: use --duration 1h, or the credentials of an IAM user`,
    );
  }
}

async function findRole(iam: IAMClient): Promise<Role | undefined> {
  const { GetRoleCommand } = await import("@aws-sdk/client-iam");
  try {
    return (await iam.send(new GetRoleCommand({ RoleName: roleName }))).Role;
  } catch (error) {
    if (failedWith(error, "NoSuchEntity", "NoSuchEntityException")) return undefined;
    throw during(`cannot look at role ${roleName}`, error);
  }
}

/** What a session with tags or a source identity asks of the role's trust policy besides sts:AssumeRole. */
function trustedActions({ tags, sourceIdentity }: TemporaryRequest): readonly string[] {
  return [
    ...(tags.size === 0 ? [] : ["sts:TagSession"]),
    ...(sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
  ];
}

function newRole(request: TemporaryRequest, caller: Caller, policyArn: string): readonly Step[] {
  return [
    {
      kind: "create-role",
      role: roleName,
      trust: accountTrust(caller.account, caller.partition, trustedActions(request)),
      maxSeconds: quota.roleSession,
    },
    { kind: "attach-role-policy", role: roleName, policyArn, repair: false },
  ];
}

async function repairs(
  iam: IAMClient,
  role: Role,
  caller: Caller,
  policyArn: string,
  request: TemporaryRequest,
): Promise<readonly Step[]> {
  const previous = decodeDocument(role.AssumeRolePolicyDocument ?? "");
  const trust = documentOf(previous);
  const finding = checkTrust(trust, caller.account);
  if (finding.kind === "refused") {
    throw new CommandError(
      `role ${roleName} exists but is not used: ${finding.why}; correct its trust policy, or delete the role to have it made anew`,
    );
  }
  const steps: Step[] = [];
  const extend = missingActions(trust, trustedActions(request));
  if (extend.length > 0) {
    const extended = accountTrust(caller.account, caller.partition, extend, ...statementsOf(trust));
    steps.push({ kind: "put-role-trust", role: roleName, trust: extended, previous, extend });
  }
  if (!(await isAttached(iam, policyArn)))
    steps.push({ kind: "attach-role-policy", role: roleName, policyArn, repair: true });
  const longest = role.MaxSessionDuration ?? quota.chainedSession;
  if (longest < request.seconds)
    steps.push({ kind: "lengthen-role-sessions", role: roleName, from: longest, to: quota.roleSession });
  return steps;
}

async function isAttached(iam: IAMClient, policyArn: string): Promise<boolean> {
  const { paginateListAttachedRolePolicies } = await import("@aws-sdk/client-iam");
  for await (const page of paginateListAttachedRolePolicies({ client: iam }, { RoleName: roleName })) {
    if (page.AttachedPolicies?.some((policy) => policy.PolicyArn === policyArn) === true) return true;
  }
  return false;
}
