import type { S3Client } from "@aws-sdk/client-s3";
import { CommandError } from "../command-line/failures.ts";
import { bucketExists } from "./bucket-state.ts";
import { checkProvider } from "./check-provider.ts";
import type { CreateRequest } from "./create-request.ts";
import { planRoleSession } from "./plan-role-session.ts";
import { planUser } from "./plan-user.ts";
import type { Services } from "./services.ts";
import type { Plan, Step } from "./steps.ts";

/** Reads from the service, changes nothing, and returns what has to be done. Every refusal that can be foreseen happens here. */
export async function planCreate(request: CreateRequest, services: Services): Promise<Plan> {
  checkProvider(request.credentials, services.provider);
  const warnings: string[] = [];
  const buckets = await planBuckets(request, services.s3, warnings);
  const { credentials } = request;
  const issue =
    credentials.kind === "permanent"
      ? await planUser(credentials, request.purpose, services)
      : await planRoleSession(credentials, services);
  return {
    steps: [...buckets, ...issue.steps, ...checkSteps(request, issue.steps)],
    warnings: [...warnings, ...issue.warnings],
  };
}

function checkSteps({ check, buckets, prefixes, credentials }: CreateRequest, issue: readonly Step[]): readonly Step[] {
  if (check === "none") return [];
  if (check === "wait") return [{ kind: "wait" }];
  const policies =
    credentials.kind === "permanent"
      ? issue.flatMap((step) => (step.kind === "put-user-policy" ? [step.document] : []))
      : [credentials.policy];
  return [{ kind: "wait" }, { kind: "verify", buckets: [...new Set(buckets)], prefixes, policies }];
}

export async function planBuckets(
  { buckets, bucketCreation }: CreateRequest,
  s3: S3Client,
  warnings: string[],
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (const bucket of new Set(buckets)) {
    if (await bucketExists(s3, bucket)) {
      const unused = unusedOptions(bucketCreation);
      if (unused !== "") warnings.push(`bucket ${bucket} exists already and is not changed: no effect of ${unused}`);
    } else if (bucketCreation.wanted) {
      steps.push(...creationSteps(bucket, bucketCreation));
    } else {
      const advice =
        bucketCreation.elsewhere === true
          ? `s3-credentials create ${bucket} --create-bucket makes it`
          : "try --create-bucket to create it";
      throw new CommandError(`Bucket does not exist: ${bucket} - ${advice}`);
    }
  }
  return steps;
}

function unusedOptions(creation: CreateRequest["bucketCreation"]): string {
  const given = [
    creation.website ? "--website" : creation.public ? "--public" : undefined,
    creation.region === undefined ? undefined : "--bucket-region",
  ];
  return given.filter((name) => name !== undefined).join(" and ");
}

function creationSteps(bucket: string, creation: CreateRequest["bucketCreation"]): readonly Step[] {
  const target = { bucket, ...(creation.region === undefined ? {} : { region: creation.region }) };
  const steps: Step[] = [{ kind: "create-bucket", ...target }];
  if (creation.public)
    steps.push({ kind: "open-public-access", ...target }, { kind: "attach-public-policy", ...target });
  if (creation.website) steps.push({ kind: "configure-website", ...target });
  return steps;
}
