import type { IAMClient } from "@aws-sdk/client-iam";
import { failedWith } from "../output/errors.ts";

export interface ExistingUser {
  readonly arn: string;
  readonly userId: string;
  readonly boundary?: string;
  readonly tags: ReadonlyMap<string, string>;
}

export async function findUser(iam: IAMClient, name: string): Promise<ExistingUser | undefined> {
  const { GetUserCommand } = await import("@aws-sdk/client-iam");
  try {
    const { User } = await iam.send(new GetUserCommand({ UserName: name }));
    const boundary = User?.PermissionsBoundary?.PermissionsBoundaryArn;
    const tags = new Map(User?.Tags?.map(({ Key = "", Value = "" }) => [Key, Value]));
    const { Arn: arn = "", UserId: userId = "" } = User ?? {};
    return { arn, userId, tags, ...(boundary === undefined ? {} : { boundary }) };
  } catch (error) {
    if (failedWith(error, "NoSuchEntity", "NoSuchEntityException")) return undefined;
    throw error;
  }
}
