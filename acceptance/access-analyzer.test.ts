import { AccessAnalyzerClient, CreateAnalyzerCommand, ListFindingsCommand } from "@aws-sdk/client-accessanalyzer";
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import { expect, onTestFinished, test } from "vitest";
import { s3 } from "./clients.ts";
import { type RunningGateway, startGateway } from "./gateway.ts";

function analyzer({ endpoint, admin }: RunningGateway): AccessAnalyzerClient {
  const client = new AccessAnalyzerClient({ endpoint, region: "us-east-1", credentials: { ...admin }, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

const names = Array.from({ length: 12 }, (_, at) => `killed-${String(at).padStart(2, "0")}`);

function publicPolicy(name: string): string {
  const statement = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${name}/*` };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}

/** The buckets with findings of this status. */
async function found(gateway: RunningGateway, analyzerArn: string, status: string): Promise<readonly string[]> {
  const input = { analyzerArn, filter: { status: { eq: [status] } }, maxResults: 1000 };
  const { findings = [] } = await analyzer(gateway).send(new ListFindingsCommand(input));
  return findings.map(({ resource = "" }) => resource.replace("arn:aws:s3:::", "")).toSorted();
}

test("a gateway that is killed right after changes scans them when it starts again", async () => {
  const first = await startGateway();
  const before = s3(first, first.admin);
  for (const Bucket of names) {
    await before.send(new CreateBucketCommand({ Bucket }));
    await before.send(new DeletePublicAccessBlockCommand({ Bucket }));
  }
  const made = await analyzer(first).send(new CreateAnalyzerCommand({ analyzerName: "own", type: "ACCOUNT" }));
  const arn = made.arn ?? "";
  await Promise.all(
    names.map((Bucket) => before.send(new PutBucketPolicyCommand({ Bucket, Policy: publicPolicy(Bucket) }))),
  );
  await first.stop("SIGKILL");
  before.destroy();

  const second = await startGateway({ home: first.home });
  expect(await found(second, arn, "ACTIVE")).toEqual(names);
  const after = s3(second, second.admin);
  const gone = names.slice(0, 6);
  await Promise.all(gone.map((Bucket) => after.send(new DeleteBucketPolicyCommand({ Bucket }))));
  await second.stop("SIGKILL");
  after.destroy();

  const third = await startGateway({ home: first.home });
  expect(await found(third, arn, "RESOLVED")).toEqual(gone);
  expect(await found(third, arn, "ACTIVE")).toEqual(names.slice(6));
  await third.stop();
});
