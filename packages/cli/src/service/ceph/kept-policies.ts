import type { IAMClient } from "@aws-sdk/client-iam";
import { describeError } from "../../output/errors.ts";
import { userPolicyTexts } from "../users.ts";
import { Refusal } from "./users.ts";

/**
 * Carries out a change of a user and puts back its policies, which Ceph before version 19 drops with every change (a key, a
 * display name): https://tracker.ceph.com/issues/63134. All are gone at once, so that until then the user can do less, not
 * more; those that deny come back first.
 */
export async function keepingPolicies<Result>(
  client: IAMClient,
  user: string,
  change: () => Promise<Result>,
): Promise<Result> {
  const before = await userPolicyTexts(client, user);
  const result = await change();
  const after = before.size === 0 ? before : await userPolicyTexts(client, user);
  const lost = [...before].filter(([name]) => !after.has(name));
  lost.sort(([, a], [, b]) => Number(denies(b)) - Number(denies(a)));
  const { PutUserPolicyCommand } = await import("@aws-sdk/client-iam");
  for (const [at, [PolicyName, PolicyDocument]] of lost.entries()) {
    try {
      await client.send(new PutUserPolicyCommand({ UserName: user, PolicyName, PolicyDocument }));
    } catch (error) {
      const left = lost.slice(at).map(([name, text]) => `${name}: ${text}`);
      throw new Refusal(
        "ServiceFailure",
        `Ceph dropped policies of user ${user} with the change, and they could not be put back (${describeError(error)}); put back ${left.join(", ")}`,
      );
    }
  }
  return result;
}

function denies(text: string): boolean {
  return text.includes('"Deny"');
}
