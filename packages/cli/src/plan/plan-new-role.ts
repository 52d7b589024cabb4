import type { IAMClient } from "@aws-sdk/client-iam";
import type { JsonObject } from "../formats/json.ts";
import { during, failedWith } from "../output/errors.ts";
import { CommandError } from "../command-line/failures.ts";
import { need } from "../service/providers.ts";
import type { CreateRequest } from "./create-request.ts";
import { planBuckets } from "./plan-create.ts";
import { quota } from "./quota.ts";
import type { Services } from "./services.ts";
import type { Plan, Step } from "./steps.ts";

/** Makes a role that the user named. It refuses a role that exists already, because the rights of its sessions would change. */
export async function planNewRole(
  role: string,
  trust: JsonObject,
  request: CreateRequest,
  { iam, s3, provider }: Services,
): Promise<Plan> {
  need(provider, "roles", "create a role");
  const { credentials, purpose } = request;
  if (credentials.kind !== "permanent") throw new CommandError("a role has the policies of permanent credentials");
  const warnings: string[] = [];
  await planBuckets({ ...request, bucketCreation: { ...request.bucketCreation, elsewhere: true } }, s3, warnings);
  if (await isThere(iam, role))
    throw new CommandError(
      `role ${role} exists already and is not changed; choose another name, or delete it first: delete-role ${role}`,
    );
  const steps: Step[] = [
    {
      kind: "create-role",
      role,
      trust,
      maxSeconds: quota.chainedSession,
      description: `Made by s3-credentials: ${purpose}`,
      tags: credentials.tags,
    },
    ...credentials.policies.map(({ name, document }): Step => ({
      kind: "put-role-policy",
      role,
      policy: name,
      document,
    })),
  ];
  return { steps, warnings };
}

async function isThere(iam: IAMClient, role: string): Promise<boolean> {
  const { GetRoleCommand } = await import("@aws-sdk/client-iam");
  try {
    await iam.send(new GetRoleCommand({ RoleName: role }));
    return true;
  } catch (error) {
    if (failedWith(error, "NoSuchEntity", "NoSuchEntityException")) return false;
    throw during(`cannot look at role ${role}`, error);
  }
}
