/** What AWS itself keeps of the services that a user or role used. */
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../command-line/failures.ts";
import type { Services } from "../plan/services.ts";

/** Seconds between two questions whether the report is made. */
const pause = 1;

/**
 * Services that the user or role with this ARN may use and has not used since then, by their prefixes in actions.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
 * @throws when the service refuses, or has no such report
 */
export async function unusedServices(
  { iam }: Pick<Services, "iam">,
  Arn: string,
  since: Date,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const sdk = await import("@aws-sdk/client-iam");
  const { JobId } = await iam.send(new sdk.GenerateServiceLastAccessedDetailsCommand({ Arn }));
  const unused: string[] = [];
  let Marker: string | undefined;
  for (;;) {
    const page = await iam.send(new sdk.GetServiceLastAccessedDetailsCommand({ JobId, Marker }));
    if (page.JobStatus === "FAILED")
      throw new CommandError(`AWS did not make the report of ${Arn}: ${page.Error?.Message ?? "it gave no reason"}`);
    if (page.JobStatus === "IN_PROGRESS") {
      await sleep(pause * 1000, undefined, { signal });
      continue;
    }
    for (const { ServiceNamespace = "", LastAuthenticated } of page.ServicesLastAccessed ?? [])
      if (LastAuthenticated === undefined || LastAuthenticated < since) unused.push(ServiceNamespace);
    if (page.IsTruncated !== true) return unused.toSorted();
    ({ Marker } = page);
  }
}
