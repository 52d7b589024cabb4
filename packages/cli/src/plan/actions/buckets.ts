import type { S3Client } from "@aws-sdk/client-s3";
import { failedWith } from "../../output/errors.ts";
import { providers } from "../../service/providers.ts";
import { watchWebsiteUrl } from "../../service/website-url.ts";
import type { ActionContext, Outcome } from "../action.ts";
import { compact, publicPolicy } from "../documents.ts";
import { retryWhile } from "../retry.ts";
import { publicAccessBlock, type StepOf, website } from "../steps.ts";

/** Seconds to try again: S3 says yes to a new public access block before every server of it has heard of it. */
const timeoutSeconds = 6;

function clientFor(step: { readonly region?: string }, { services }: ActionContext): Promise<S3Client> | S3Client {
  return step.region === undefined ? services.s3 : services.s3In(step.region);
}

export async function createBucket(step: StepOf<"create-bucket">, context: ActionContext): Promise<Outcome> {
  const { CreateBucketCommand, DeleteBucketCommand } = await import("@aws-sdk/client-s3");
  const s3 = await clientFor(step, context);
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
    message: `Created bucket: ${step.bucket}${step.region === undefined ? "" : ` in region: ${step.region}`}`,
    undo: {
      remains: `bucket ${step.bucket}`,
      command: `aws s3api delete-bucket --bucket ${step.bucket}`,
      run: async () => void (await s3.send(new DeleteBucketCommand({ Bucket: step.bucket }))),
    },
  };
}

export async function openPublicAccess(step: StepOf<"open-public-access">, context: ActionContext): Promise<Outcome> {
  const { PutPublicAccessBlockCommand } = await import("@aws-sdk/client-s3");
  const s3 = await clientFor(step, context);
  await s3.send(
    new PutPublicAccessBlockCommand({ Bucket: step.bucket, PublicAccessBlockConfiguration: { ...publicAccessBlock } }),
  );
  return { message: "Set public access block configuration" };
}

export async function attachPublicPolicy(
  step: StepOf<"attach-public-policy">,
  context: ActionContext,
): Promise<Outcome> {
  const { PutBucketPolicyCommand } = await import("@aws-sdk/client-s3");
  const s3 = await clientFor(step, context);
  const document = publicPolicy(step.bucket, context.services.partition);
  await retryWhile(
    () => s3.send(new PutBucketPolicyCommand({ Bucket: step.bucket, Policy: compact(document) })),
    (error) => failedWith(error, "AccessDenied", "OperationAborted", "NoSuchBucket"),
    timeoutSeconds,
    context.signal,
  );
  return { message: "Attached bucket policy allowing public access" };
}

export async function configureWebsite(step: StepOf<"configure-website">, context: ActionContext): Promise<Outcome> {
  const { PutBucketWebsiteCommand } = await import("@aws-sdk/client-s3");
  const s3 = await clientFor(step, context);
  const command = new PutBucketWebsiteCommand({
    Bucket: step.bucket,
    WebsiteConfiguration: { IndexDocument: { Suffix: website.index }, ErrorDocument: { Key: website.error } },
  });
  const urlIn = watchWebsiteUrl(s3, command, step.bucket);
  await s3.send(command);
  const url = urlIn(await s3.config.region());
  // Another service that says no address may still serve it.
  const unserved =
    context.services.provider === providers.local
      ? "; this gateway serves it once it is started with --website-port"
      : "";
  const where = url === undefined ? unserved : `, at ${url}`;
  return { message: `Configured website: IndexDocument=${website.index}, ErrorDocument=${website.error}${where}` };
}
