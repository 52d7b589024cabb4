import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, test } from "vitest";
import { useCertificate } from "../../packages/gateway/test/self-signed.ts";
import { startAwsCli } from "./jobs/aws-cli.ts";
import { type Bench, bucketOf, prepare, type Run, type Start, startBench } from "./jobs/bench.ts";
import { startBoto3 } from "./jobs/boto3.ts";
import { checks } from "./jobs/checks.ts";
import { startCurl } from "./jobs/curl.ts";
import { startDuplicity } from "./jobs/duplicity.ts";
import { startMinioJs } from "./jobs/minio-js.ts";
import { startRclone } from "./jobs/rclone.ts";
import { startRestic } from "./jobs/restic.ts";
import { startS3Credentials } from "./jobs/s3-credentials.ts";
import { startS3cmd } from "./jobs/s3cmd.ts";
import { startS3fs } from "./jobs/s3fs.ts";
import { startSdkJavascript } from "./jobs/sdk-javascript.ts";
import { type Client, clients, type Job, jobs } from "./jobs/table.ts";

const starts: { readonly [C in Client]: Start<C> } = {
  "AWS CLI": startAwsCli,
  boto3: startBoto3,
  "SDK for JavaScript": startSdkJavascript,
  "minio-js": startMinioJs,
  s3cmd: startS3cmd,
  rclone: startRclone,
  curl: startCurl,
  s3fs: startS3fs,
  duplicity: startDuplicity,
  "s3-credentials": startS3Credentials,
  restic: startRestic,
};

type RunsOfAny = { readonly [J in Job]?: Run };

const certificate = useCertificate();
let bench: Bench;
beforeAll(async () => {
  bench = await startBench(certificate);
});
afterAll(() => bench.stop());

const able = (client: Client) => (Object.keys(jobs) as Job[]).filter((job) => typeof clients[client][job] === "string");
describe.each(Object.keys(starts) as Client[])("%s", { timeout: 120_000 }, (client) => {
  let runs: RunsOfAny;
  beforeAll(async () => {
    await bench.witness.send(new CreateBucketCommand({ Bucket: bucketOf(client), ObjectLockEnabledForBucket: true }));
    const start: (bench: Bench) => RunsOfAny | Promise<RunsOfAny> = starts[client];
    runs = await start(bench);
  });

  for (const job of able(client))
    test(jobs[job], async ({ skip }) => {
      const place = await prepare(bench, client, job);
      const said = await runs[job]?.(place, (why) => skip(why));
      await checks[job](bench, place, said ?? "");
    });
});
