import type { IAMClient } from "@aws-sdk/client-iam";
import type { S3Client } from "@aws-sdk/client-s3";
import { textField } from "../input/json.ts";
import { failedWith } from "../output/errors.ts";
import { accessKeyShape, credentialsShape } from "../service/shapes.ts";
import { listAccessKeys } from "../service/users.ts";
import { readStructure, sendForXml } from "../service/wire.ts";
import type { Applying, Outcome } from "./apply.ts";
import { compact, publicPolicy } from "./documents.ts";
import { retryWhile } from "./retry.ts";
import { publicAccessBlock, type StepKind, type StepOf, website } from "./steps.ts";

type Action<K extends StepKind> = (step: StepOf<K>, applying: Applying) => Promise<Outcome>;

/** How each kind of step is done, and undone. */
export const actions: { readonly [K in StepKind]: Action<K> } = {
  "create-bucket": createBucket,
  "open-public-access": openPublicAccess,
  "attach-public-policy": attachPublicPolicy,
  "configure-website": configureWebsite,
  "create-role": createRole,
  "attach-role-policy": attachRolePolicy,
  "lengthen-role-sessions": lengthenRoleSessions,
  "create-user": createUser,
  "put-user-policy": putUserPolicy,
  "create-access-key": createAccessKey,
  "assume-role": assumeRole,
};

/** Seconds to try again. IAM and S3 say yes before every server of theirs has heard of a change. */
const patience = { publicAccess: 6, role: 20, throttle: 10 } as const;

function clientFor(step: { readonly region?: string }, { services }: Applying): Promise<S3Client> | S3Client {
  return step.region === undefined ? services.s3 : services.s3In(step.region);
}

async function createBucket(step: StepOf<"create-bucket">, applying: Applying): Promise<Outcome> {
  const { CreateBucketCommand, DeleteBucketCommand } = await import("@aws-sdk/client-s3");
  const s3 = await clientFor(step, applying);
  // us-east-1 is the one region that must not be named here.
  const constraint = step.region === undefined || step.region === "us-east-1" ? undefined : step.region;
  await s3.send(
    new CreateBucketCommand({
      Bucket: step.bucket,
      ...(constraint === undefined
        ? {}
        : { CreateBucketConfiguration: { LocationConstraint: constraint as "eu-west-1" } }),
    }),
  );
  return {
    said: `Created bucket: ${step.bucket}${step.region === undefined ? "" : ` in region: ${step.region}`}`,
    undo: {
      what: `bucket ${step.bucket}`,
      run: async () => void (await s3.send(new DeleteBucketCommand({ Bucket: step.bucket }))),
    },
  };
}

async function openPublicAccess(step: StepOf<"open-public-access">, applying: Applying): Promise<Outcome> {
  const { PutPublicAccessBlockCommand } = await import("@aws-sdk/client-s3");
  const s3 = await clientFor(step, applying);
  await s3.send(
    new PutPublicAccessBlockCommand({ Bucket: step.bucket, PublicAccessBlockConfiguration: { ...publicAccessBlock } }),
  );
  return { said: "Set public access block configuration" };
}

async function attachPublicPolicy(step: StepOf<"attach-public-policy">, applying: Applying): Promise<Outcome> {
  const { PutBucketPolicyCommand } = await import("@aws-sdk/client-s3");
  const s3 = await clientFor(step, applying);
  const document = publicPolicy(step.bucket, applying.services.partition);
  await retryWhile(
    () => s3.send(new PutBucketPolicyCommand({ Bucket: step.bucket, Policy: compact(document) })),
    (error) => failedWith(error, "AccessDenied", "OperationAborted", "NoSuchBucket"),
    patience.publicAccess,
    applying.signal,
  );
  return { said: "Attached bucket policy allowing public access" };
}

async function configureWebsite(step: StepOf<"configure-website">, applying: Applying): Promise<Outcome> {
  const { PutBucketWebsiteCommand } = await import("@aws-sdk/client-s3");
  const s3 = await clientFor(step, applying);
  await s3.send(
    new PutBucketWebsiteCommand({
      Bucket: step.bucket,
      WebsiteConfiguration: { IndexDocument: { Suffix: website.index }, ErrorDocument: { Key: website.error } },
    }),
  );
  return { said: `Configured website: IndexDocument=${website.index}, ErrorDocument=${website.error}` };
}

async function createRole(step: StepOf<"create-role">, { services: { iam } }: Applying): Promise<Outcome> {
  const { CreateRoleCommand, DeleteRoleCommand } = await import("@aws-sdk/client-iam");
  await iam.send(
    new CreateRoleCommand({
      RoleName: step.role,
      Description:
        "Role used by the s3-credentials tool to create time-limited credentials that are restricted to specific buckets",
      AssumeRolePolicyDocument: compact(step.trust),
      MaxSessionDuration: step.maxSeconds,
    }),
  );
  return {
    said: `Created role: ${step.role}`,
    undo: {
      what: `role ${step.role}`,
      run: async () => void (await iam.send(new DeleteRoleCommand({ RoleName: step.role }))),
    },
  };
}

async function attachRolePolicy(step: StepOf<"attach-role-policy">, { services: { iam } }: Applying): Promise<Outcome> {
  const { AttachRolePolicyCommand, DetachRolePolicyCommand } = await import("@aws-sdk/client-iam");
  const input = { RoleName: step.role, PolicyArn: step.policyArn };
  await iam.send(new AttachRolePolicyCommand(input));
  return {
    ...(step.repair ? { said: `Attached policy ${step.policyArn} to role ${step.role}` } : {}),
    undo: {
      what: `policy ${step.policyArn} on role ${step.role}`,
      run: async () => void (await iam.send(new DetachRolePolicyCommand(input))),
    },
  };
}

async function lengthenRoleSessions(
  step: StepOf<"lengthen-role-sessions">,
  { services: { iam } }: Applying,
): Promise<Outcome> {
  const { UpdateRoleCommand } = await import("@aws-sdk/client-iam");
  await iam.send(new UpdateRoleCommand({ RoleName: step.role, MaxSessionDuration: step.to }));
  return {
    said: `Lengthened sessions of role ${step.role} from ${step.from} to ${step.to} seconds at most`,
    undo: {
      what: `role ${step.role} with sessions of up to ${step.to} seconds`,
      run: async () =>
        void (await iam.send(new UpdateRoleCommand({ RoleName: step.role, MaxSessionDuration: step.from }))),
    },
  };
}

async function createUser(step: StepOf<"create-user">, { services: { iam } }: Applying): Promise<Outcome> {
  const { CreateUserCommand } = await import("@aws-sdk/client-iam");
  const boundary = step.boundary === undefined ? {} : { PermissionsBoundary: step.boundary };
  await iam.send(new CreateUserCommand({ UserName: step.user, ...boundary }));
  return {
    said: `Created user: ${step.user}${step.boundary === undefined ? "" : ` with permissions boundary: ${step.boundary}`}`,
    undo: { what: `user ${step.user}`, run: () => deleteNewUser(iam, step.user) },
  };
}

/** The user is this run's own, so a key whose creation got no answer is too. */
async function deleteNewUser(iam: IAMClient, user: string): Promise<void> {
  const { DeleteAccessKeyCommand, DeleteUserCommand } = await import("@aws-sdk/client-iam");
  for await (const key of listAccessKeys(iam, user))
    await iam.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: key }));
  await iam.send(new DeleteUserCommand({ UserName: user }));
}

async function putUserPolicy(step: StepOf<"put-user-policy">, { services: { iam } }: Applying): Promise<Outcome> {
  const { PutUserPolicyCommand, DeleteUserPolicyCommand } = await import("@aws-sdk/client-iam");
  const target = { UserName: step.user, PolicyName: step.policy };
  await iam.send(new PutUserPolicyCommand({ ...target, PolicyDocument: compact(step.document) }));
  const { previous } = step;
  return {
    said: `Attached policy ${step.policy} to user ${step.user}`,
    undo:
      previous === undefined
        ? {
            what: `policy ${step.policy} of user ${step.user}`,
            run: async () => void (await iam.send(new DeleteUserPolicyCommand(target))),
          }
        : {
            what: `the new text of policy ${step.policy} of user ${step.user}`,
            run: async () => void (await iam.send(new PutUserPolicyCommand({ ...target, PolicyDocument: previous }))),
          },
  };
}

async function createAccessKey(step: StepOf<"create-access-key">, applying: Applying): Promise<Outcome> {
  const { CreateAccessKeyCommand, DeleteAccessKeyCommand } = await import("@aws-sdk/client-iam");
  const { iam, iamOnce } = applying.services;
  const { document } = await retryWhile(
    () => {
      const command = new CreateAccessKeyCommand({ UserName: step.user });
      return sendForXml(command, () => iamOnce.send(command));
    },
    (error) => failedWith(error, "Throttling", "ThrottlingException"),
    patience.throttle,
    applying.signal,
  );
  const credentials = readStructure(document, ["CreateAccessKeyResult", "AccessKey"], accessKeyShape);
  const target = { UserName: step.user, AccessKeyId: textField(credentials, "AccessKeyId") };
  return {
    said: `Created access key for user: ${step.user}`,
    credentials,
    undo: {
      what: `access key ${target.AccessKeyId} of user ${step.user}`,
      run: async () => void (await iam.send(new DeleteAccessKeyCommand(target))),
    },
  };
}

async function assumeRole(step: StepOf<"assume-role">, applying: Applying): Promise<Outcome> {
  const { AssumeRoleCommand } = await import("@aws-sdk/client-sts");
  const { sts } = applying.services;
  applying.report(`Assume role against ${step.roleArn} for ${step.seconds}s`);
  const { document } = await retryWhile(
    () => {
      const command = new AssumeRoleCommand({
        RoleArn: step.roleArn,
        RoleSessionName: step.session,
        Policy: compact(step.policy),
        DurationSeconds: step.seconds,
      });
      return sendForXml(command, () => sts.send(command));
    },
    (error) => step.fresh && failedWith(error, "AccessDenied"),
    patience.role,
    applying.signal,
  );
  return { credentials: readStructure(document, ["AssumeRoleResult", "Credentials"], credentialsShape) };
}
