import { CreateUserCommand } from "@aws-sdk/client-iam";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { iam, run, s3 } from "./clients.ts";
import { makeBucket, makeUser } from "./fixtures.ts";
import { type Keys, type RunningGateway, startGateway } from "./gateway.ts";

let gateway: RunningGateway;
let denied: Keys;

beforeAll(async () => {
  gateway = await startGateway();
  await iam(gateway, gateway.admin).send(new CreateUserCommand({ UserName: "ann" }));
  await makeBucket(gateway, "watched", ["letter"]);
  denied = (await makeUser(gateway, "bob")).keys;
  await s3(gateway, denied)
    .send(new GetObjectCommand({ Bucket: "watched", Key: "letter" }))
    .catch(() => undefined);
});
afterAll(() => gateway.stop());

test("aws cloudtrail lookup-events finds a change by its name", async () => {
  const args = ["--endpoint-url", gateway.endpoint, "cloudtrail", "lookup-events", "--output", "json"];
  const filter = ["--lookup-attributes", "AttributeKey=ResourceName,AttributeValue=ann"];
  const { stdout, stderr } = await run(gateway, "aws", [...args, ...filter], { keys: gateway.admin });
  expect(stderr).toBe("");
  const { Events } = JSON.parse(stdout) as { readonly Events: readonly Record<string, unknown>[] };
  expect(Events).toMatchObject([{ EventName: "CreateUser", Username: "admin", ReadOnly: "false" }]);
  expect(JSON.parse(String(Events[0]?.["CloudTrailEvent"]))).toMatchObject({ requestParameters: { userName: "ann" } });
});

test("boto3 pages through events, and reads times as times", async () => {
  const program = `
import boto3, datetime
client = boto3.client("cloudtrail", endpoint_url="${gateway.endpoint}", region_name="us-east-1")
pages = list(client.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 2},
    LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "iam.amazonaws.com"}],
    StartTime=datetime.datetime.utcnow() - datetime.timedelta(hours=1)))
events = [event for page in pages for event in page["Events"]]
print(len(pages) > 1, len(events), all(isinstance(event["EventTime"], datetime.datetime) for event in events))
`;
  const { stdout, stderr } = await run(gateway, "python3", ["-c", program], { keys: gateway.admin });
  expect(stderr.replaceAll(/.*[Ww]arning.*\n(?: {2}.*\n)?/g, "")).toBe("");
  expect(stdout).toMatch(/^True \d+ True\n$/);
});
