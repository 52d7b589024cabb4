import { amazon, type ServicePlace } from "../output/credential-formats.ts";
import type { Connection } from "./connection.ts";

/** Keys of another service must say where they belong, because otherwise tools would send them to AWS. */
export function servicePlace({ endpoints }: Pick<Connection, "endpoints">, region: string): ServicePlace {
  const { s3 } = endpoints;
  if (s3 === undefined || isOfAmazon(s3)) return amazon;
  return { variables: placeVariables({ endpoints }, region), settings: { region, endpoint_url: s3 } };
}

/** One address for all services, and those of IAM and STS only when they are others. */
export function placeVariables(
  { endpoints }: Pick<Connection, "endpoints">,
  region: string,
): Readonly<Record<string, string>> {
  const { s3, iam, sts } = endpoints;
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(s3 === undefined ? {} : { AWS_ENDPOINT_URL: s3 }),
    ...(sts === undefined || sts === s3 ? {} : { AWS_ENDPOINT_URL_STS: sts }),
    ...(iam === undefined || iam === s3 ? {} : { AWS_ENDPOINT_URL_IAM: iam }),
  };
}

/** https://docs.aws.amazon.com/general/latest/gr/s3.html */
function isOfAmazon(endpoint: string): boolean {
  return /(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$/.test(new URL(endpoint).hostname);
}
