import { afterEach, expect, test } from "vitest";
import { runCommand } from "../test/run-command.ts";
import { queryReply, scriptedService, type ScriptedService } from "../test/scripted-service.ts";

const started: ScriptedService[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.stop()));
});

async function service(body: string): Promise<{ readonly url: string; readonly calls: ScriptedService["calls"] }> {
  const made = await scriptedService(() => ({ body }));
  started.push(made);
  return { url: made.options.at(-1) ?? "", calls: made.calls };
}

const keys = ["--access-key", "AKIAEXAMPLE", "--secret-key", "topsecretkey", "--region", "us-east-1"];

test("IAM and STS may have endpoints of their own; else they are where S3 is", async () => {
  const s3 = await service("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>");
  const iam = await service(queryReply("ListUsers", "<Users/><IsTruncated>false</IsTruncated>").body ?? "");
  const sts = await service(
    queryReply("GetCallerIdentity", "<Arn>arn:aws:iam::1:user/u</Arn><UserId>U</UserId><Account>1</Account>").body ??
      "",
  );
  const endpoints = ["--endpoint-url", s3.url, "--iam-endpoint-url", iam.url, "--sts-endpoint-url", sts.url];
  expect((await runCommand(["list-buckets", ...keys, ...endpoints])).stdout).toBe("[]\n");
  expect((await runCommand(["list-users", ...keys, ...endpoints])).stdout).toBe("[]\n");
  expect((await runCommand(["whoami", ...keys, ...endpoints])).code).toBe(0);
  expect([s3, iam, sts].map(({ calls }) => calls.map(({ name }) => name))).toEqual([
    ["GET "],
    ["ListUsers"],
    ["GetCallerIdentity"],
  ]);
  expect((await runCommand(["whoami", ...keys, "--endpoint-url", sts.url])).code).toBe(0);
});
