import { Session } from "node:inspector/promises";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { SigningKeys } from "@s3-credentials/protocol";
import { expect, onTestFinished, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

// What a request costs the policy engine, counted in calls: documents are parsed and compiled when they are first met or have
// changed, and a request is decided once.

const gateway = useS3Gateway();
const requests = 50;

const version = "2012-10-17";
const allow = (action: string | readonly string[], bucket: string) => ({
  Effect: "Allow",
  Action: action,
  Resource: `arn:aws:s3:::${bucket}/*`,
});

/** Calls of the engine's functions, by name, as V8 counts them: the code that is counted is the code that runs. */
async function callsDuring(work: () => Promise<void>): Promise<Readonly<Record<string, number>>> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
    await work();
    const { result } = await session.post("Profiler.takePreciseCoverage");
    const functions = result.filter(({ url }) => url.includes("/packages/policy/src/")).flatMap((one) => one.functions);
    const callsOf = (name: string): number =>
      functions
        .filter(({ functionName }) => functionName === name)
        .reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0);
    return Object.fromEntries(
      ["parsePolicy", "compilePolicy", "decisionCost", "decide"].map((name) => [name, callsOf(name)]),
    );
  } finally {
    await session.post("Profiler.disable");
    session.disconnect();
  }
}

function clients(): { readonly iam: IAMClient; readonly sts: STSClient } {
  const options = { endpoint: `http://127.0.0.1:${gateway.port}`, region: "us-east-1", credentials: gateway.admin };
  const made = { iam: new IAMClient(options), sts: new STSClient(options) };
  onTestFinished(() => Object.values(made).forEach((client) => client.destroy()));
  return made;
}

async function sessionOf(bucket: string): Promise<SigningKeys> {
  const { iam, sts } = clients();
  const trust = { Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: version, Statement: trust });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "reader", AssumeRolePolicyDocument }));
  const PolicyDocument = JSON.stringify({ Version: version, Statement: allow("s3:*", bucket) });
  await iam.send(new PutRolePolicyCommand({ RoleName: "reader", PolicyName: "own", PolicyDocument }));
  const Policy = JSON.stringify({ Version: version, Statement: allow("s3:GetObject", bucket) });
  const assumed = await sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "session", Policy }));
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = assumed.Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

async function publicBucket(): Promise<string> {
  const bucket = await gateway.bucket();
  const body = JSON.stringify({ Version: version, Statement: { ...allow("s3:GetObject", bucket), Principal: "*" } });
  expect((await gateway.send({ method: "DELETE", target: `/${bucket}?publicAccessBlock=` })).status).toBe(204);
  expect((await gateway.send({ method: "PUT", target: `/${bucket}?policy=`, body })).status).toBe(204);
  return bucket;
}

test("documents are compiled once and a request is decided once, whoever asks", async () => {
  const [bucket, open] = [await gateway.bucket(), await publicBucket()];
  for (const name of [bucket, open]) await gateway.send({ method: "PUT", target: `/${name}/key`, body: "text" });
  const user = await gateway.user("reader", allow(["s3:GetObject", "s3:PutObject"], bucket));
  const session = await sessionOf(bucket);
  const ways: Readonly<Record<string, () => Promise<{ readonly status: number }>>> = {
    "GET by a user": () => gateway.send({ target: `/${bucket}/key`, keys: user }),
    "PUT by a user": () => gateway.send({ method: "PUT", target: `/${bucket}/key`, body: "text", keys: user }),
    "GET by a session": () => gateway.send({ target: `/${bucket}/key`, keys: session }),
    "anonymous GET": () => gateway.sendUnsigned({ target: `/${open}/key` }),
    "denied DELETE": () => gateway.send({ method: "DELETE", target: `/${bucket}/key`, keys: user }),
  };
  const statuses: number[] = [];
  for (const send of Object.values(ways)) statuses.push((await send()).status);
  expect(statuses).toEqual([200, 200, 200, 200, 403]);
  // Another user's change makes the gateway read its directory again, and no document of these callers is another.
  await gateway.user("somebody-else", allow("s3:GetObject", "elsewhere"));
  for (const [way, send] of Object.entries(ways)) {
    const calls = await callsDuring(async () => {
      for (let sent = 0; sent < requests; sent += 1) await send();
    });
    expect({ way, ...calls }).toEqual({
      way,
      parsePolicy: 0,
      compilePolicy: 0,
      decisionCost: requests,
      decide: requests,
    });
  }
});

test("a changed document is compiled once, when it is first asked", async () => {
  const bucket = await gateway.bucket();
  await gateway.send({ method: "PUT", target: `/${bucket}/key`, body: "text" });
  const user = await gateway.user("changed", allow("s3:GetObject", bucket));
  const get = () => gateway.send({ target: `/${bucket}/key`, keys: user });
  expect((await get()).status).toBe(200);
  const PolicyDocument = JSON.stringify({ Version: version, Statement: allow("s3:PutObject", bucket) });
  await clients().iam.send(new PutUserPolicyCommand({ UserName: "changed", PolicyName: "own", PolicyDocument }));
  const calls = await callsDuring(async () => {
    for (let sent = 0; sent < requests; sent += 1) expect((await get()).status).toBe(403);
  });
  expect(calls).toEqual({ parsePolicy: 1, compilePolicy: 1, decisionCost: requests, decide: requests });
});
