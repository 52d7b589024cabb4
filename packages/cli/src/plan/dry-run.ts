import { fromPlain, jsonObject } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import type { CreateRequest, PermanentRequest, TemporaryRequest } from "./create-request.ts";
import { publicPolicy } from "./documents.ts";
import { roleName } from "./names.ts";
import { publicAccessBlock } from "./steps.ts";

/** What `create` would do if nothing existed yet; no call is made to find out. */
export function dryRun(request: CreateRequest): string {
  const { credentials } = request;
  const lines = [
    ...request.buckets.flatMap((bucket) => bucketLines(bucket, request)),
    ...(credentials.kind === "permanent" ? userLines(credentials) : sessionLines(credentials)),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function bucketLines(bucket: string, { bucketCreation, partition }: CreateRequest): readonly string[] {
  const { region } = bucketCreation;
  const args = region === undefined ? "" : ` with args ${dumps(regionArgument(region), 4)}`;
  const publicLines = [
    "... then add this public access block configuration:",
    dumps(fromPlain(publicAccessBlock)),
    "... then attach the following bucket policy to it:",
    dumps(publicPolicy(bucket, partition), 4),
  ];
  return [
    `Would create bucket: '${bucket}'${args}`,
    ...(bucketCreation.public ? publicLines : []),
    ...(bucketCreation.website ? ["... then configure index.html and error.html website settings"] : []),
  ];
}

function regionArgument(region: string) {
  return jsonObject({ CreateBucketConfiguration: jsonObject({ LocationConstraint: region }) });
}

function userLines({ userName, boundary, policies }: PermanentRequest): readonly string[] {
  return [
    `Would create user: '${userName}'${boundary === undefined ? "" : ` with permissions boundary: '${boundary}'`}`,
    ...policies.map(
      ({ name, document }) =>
        `Would attach policy called '${name}' to user '${userName}', details:\n${dumps(document.value, 4)}`,
    ),
    `Would call create access key for user '${userName}'`,
  ];
}

function sessionLines({ seconds, policy, role }: TemporaryRequest): readonly string[] {
  return [
    ...(role.kind === "own" ? [`Would ensure role: '${roleName}'`] : []),
    `Would assume role using following policy for ${seconds} seconds:`,
    dumps(policy.value, 4),
  ];
}
