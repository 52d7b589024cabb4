import type { IAMClient, Role } from "@aws-sdk/client-iam";
import { jsonObject } from "../formats/json.ts";
import { during, failedWith } from "../output/errors.ts";
import { CommandError } from "../command-line/failures.ts";
import { bucketOwner } from "../service/caller.ts";
import type { Provider } from "../service/providers.ts";
import { partitionOfArn } from "../service/partition.ts";
import { decodeDocument, documentOf } from "../service/document.ts";
import { policyOfValue } from "../input/policy-text.ts";
import { roleOf } from "./check-provider.ts";
import type { TemporaryRequest } from "./create-request.ts";
import { roleName } from "./names.ts";
import { quota } from "./quota.ts";
import { policyOf, statementsOf } from "./documents.ts";
import { accountTrust, checkTrust, missingActions } from "./role-trust.ts";
import type { Services } from "./services.ts";
import type { Plan, Step } from "./steps.ts";

/**
 * A session that the requested policy limits. Its role is the S3 role of this tool, which is made first, or checked and repaired, or
 * another role that was named.
 */
export async function planRoleSession(request: TemporaryRequest, services: Services): Promise<Plan> {
  const role = roleOf(request, services.provider);
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

async function planOwnRole(request: TemporaryRequest, services: Services): Promise<Plan> {
  const { iam, provider } = services;
  const caller = await identify(services);
  refuseCaller(caller, request.seconds);
  const policyArn = `arn:${caller.partition}:iam::aws:policy/AmazonS3FullAccess`;
  const role = await findRole(iam);
  const changes =
    role === undefined
      ? newRole(request, caller, policyArn, provider)
      : await repairs(iam, role, caller, policyArn, request, provider);
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
  /** Whom a new role trusts: the account, or the caller where there is no account. */
  readonly trusted: string;
}

async function identify({ s3, sts, provider, partition }: Services): Promise<Caller> {
  if (provider.callerFrom === "bucket-owner") {
    const { account, arn } = await bucketOwner(s3, partition);
    return { account, arn, partition, trusted: arn };
  }
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
  if (Account === undefined || Arn === undefined)
    throw new CommandError("the service does not say which account these credentials belong to");
  const own = partitionOfArn(Arn);
  return { account: Account, arn: Arn, partition: own, trusted: `arn:${own}:iam::${Account}:root` };
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

/** All of S3, where there are no managed policies. */
function inlineStep(partition: string): Step {
  const document = policyOf([jsonObject({ Effect: "Allow", Action: ["s3:*"], Resource: [`arn:${partition}:s3:::*`] })]);
  return { kind: "put-role-policy", role: roleName, policy: "AmazonS3FullAccess", document: policyOfValue(document) };
}

function newRole(request: TemporaryRequest, caller: Caller, policyArn: string, provider: Provider): readonly Step[] {
  return [
    {
      kind: "create-role",
      role: roleName,
      trust: accountTrust(caller.trusted, trustedActions(request)),
      maxSeconds: quota.roleSession,
      description:
        "Role used by the s3-credentials tool to create time-limited credentials that are restricted to specific buckets",
      tags: new Map(),
    },
    provider.lacks["managed-policies"] === undefined
      ? { kind: "attach-role-policy", role: roleName, policyArn, repair: false }
      : inlineStep(caller.partition),
  ];
}

async function repairs(
  iam: IAMClient,
  role: Role,
  caller: Caller,
  policyArn: string,
  request: TemporaryRequest,
  provider: Provider,
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
    const extended = accountTrust(caller.trusted, extend, ...statementsOf(trust));
    steps.push({ kind: "put-role-trust", role: roleName, trust: extended, previous, extend });
  }
  if (provider.lacks["managed-policies"] !== undefined) {
    if (!(await hasInlinePolicy(iam))) steps.push(inlineStep(caller.partition));
  } else if (!(await isAttached(iam, policyArn)))
    steps.push({ kind: "attach-role-policy", role: roleName, policyArn, repair: true });
  const maxSeconds = role.MaxSessionDuration ?? quota.chainedSession;
  if (maxSeconds < request.seconds)
    steps.push({ kind: "lengthen-role-sessions", role: roleName, from: maxSeconds, to: quota.roleSession });
  return steps;
}

async function isAttached(iam: IAMClient, policyArn: string): Promise<boolean> {
  const { paginateListAttachedRolePolicies } = await import("@aws-sdk/client-iam");
  for await (const page of paginateListAttachedRolePolicies({ client: iam }, { RoleName: roleName })) {
    if (page.AttachedPolicies?.some((policy) => policy.PolicyArn === policyArn) === true) return true;
  }
  return false;
}

async function hasInlinePolicy(iam: IAMClient): Promise<boolean> {
  const { ListRolePoliciesCommand } = await import("@aws-sdk/client-iam");
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: roleName }));
  return PolicyNames.includes("AmazonS3FullAccess");
}
