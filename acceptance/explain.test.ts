import {
  DeleteUserPolicyCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
  TagUserCommand,
} from "@aws-sdk/client-iam";
import {
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, cliHere, iam, outcome, s3, sts } from "./clients.ts";
import { allow, makeBucket, makeUser, type MadeUser } from "./fixtures.ts";
import type { RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { send } from "./raw.ts";

/** `explain`: from files, from the account's own policies, and from the error that a client got. */
describe("explain", () => {
  let gateway: RunningGateway;
  let ann: MadeUser;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    await makeBucket(gateway, "explained", ["in/a", "out/a"]);
    ann = await makeUser(gateway, "ann", { policy: allow("s3:GetObject", "arn:aws:s3:::explained/in/*") });
    const deny = {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "NotAnn",
          Effect: "Deny",
          Principal: { AWS: ann.arn },
          Action: "s3:GetObject",
          Resource: "arn:aws:s3:::explained/in/secret",
        },
      ],
    };
    await s3(gateway, gateway.admin).send(
      new PutBucketPolicyCommand({ Bucket: "explained", Policy: JSON.stringify(deny) }),
    );
  });
  afterAll(() => gateway.stop());
  const local = (...args: string[]) => cliHere(gateway, ["--local", "explain", ...args]);

  test("offline, from files: no service is asked", async () => {
    const file = join(gateway.home, "p.json");
    writeFileSync(file, JSON.stringify(allow("s3:PutObject", "arn:aws:s3:::b/*")));
    const asked = await cli(gateway, [
      "explain",
      "--policy",
      file,
      "--action",
      "s3:GetObject",
      "--resource",
      "arn:aws:s3:::b/k",
    ]);
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    expect(asked.stdout).toContain("1 Allow: does not apply: action\n");
    expect(asked.stdout).toContain(`  - add the action s3:GetObject to statement 1 of ${file}\n`);
    const json = await cliHere(gateway, [
      "explain",
      "--policy",
      file,
      "--action",
      "s3:PutObject",
      "--resource",
      "arn:aws:s3:::b/k",
      "--json",
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject({ decision: { allowed: true, layer: "identity" }, changes: [] });
  });

  test("from the account: the user's own policies and the bucket's", async () => {
    const question = ["--user", "ann", "--action", "s3:GetObject", "--resource"];
    expect((await local(...question, "arn:aws:s3:::explained/in/a")).stdout).toMatch(
      /^ALLOWED by policies of the caller\n/,
    );
    const denied = await local(...question, "arn:aws:s3:::explained/in/secret");
    expect(denied.stdout).toMatch(/^DENIED explicitly by policy of the resource\n/);
    expect(denied.stdout).toContain("1 (NotAnn) Deny: applies  <- decided");
    expect(denied.stdout).toContain("- remove statement 1 (NotAnn) of bucket policy of explained, which denies it");
  });

  test("from the message a client got", async () => {
    const reported = await s3(gateway, ann.keys)
      .send(new GetObjectCommand({ Bucket: "explained", Key: "out/a" }))
      .then(
        () => "allowed",
        (error: unknown) => (error as Error).message,
      );
    expect(reported).toContain("is not authorized to perform: s3:GetObject");
    const explained = await local("--message", reported);
    expect(explained.stdout).toContain(reported);
    expect(explained.stdout).toContain(
      "- add the resource arn:aws:s3:::explained/out/a to statement 1 of inline (inline)",
    );
    expect((await local("--message", "Access Denied")).code).toBe(2);
  });

  test("from a request id and the gateway's log: as it was decided, and as it would be now", async () => {
    const refused = await s3(gateway, ann.keys)
      .send(new GetObjectCommand({ Bucket: "explained", Key: "out/a" }))
      .then(
        () => "",
        (error: unknown) => (error as { $metadata: { requestId?: string } }).$metadata.requestId ?? "",
      );
    const log = join(gateway.home, "gateway.log");
    await expect.poll(() => gateway.log()).toContain(refused);
    writeFileSync(log, gateway.log());
    const explained = await local("--request-id", refused, "--log", log);
    expect(explained).toMatchObject({ code: 0 });
    expect(explained.stdout).toContain(
      "- add the resource arn:aws:s3:::explained/out/a to statement 1 of inline (inline)",
    );
    await iam(gateway, gateway.admin).send(
      new PutUserPolicyCommand({
        UserName: "ann",
        PolicyName: "inline",
        PolicyDocument: JSON.stringify(allow("s3:GetObject", "arn:aws:s3:::explained/*")),
      }),
    );
    const later = await local("--request-id", refused, "--log", log);
    expect(later.stdout).toContain("ALLOWED");
    expect(`${later.stdout}${later.stderr}`).toMatch(/denied|refused|DENIED/);
    expect((await local("--request-id", "0000000000000000", "--log", log)).code).toBe(1);
    // The event of a call on an object is written a little later than the call is answered.
    await expect.poll(async () => (await local("--request-id", refused)).code, { timeout: 60_000 }).toBe(0);
    const recorded = await local("--request-id", refused);
    expect(recorded.stdout).toMatch(
      /^Recorded: denied by identity: no Allow\nWith the policies as they were then:\n\nDENIED/,
    );
    expect(recorded.stdout).toContain("- add the resource arn:aws:s3:::explained/out/a to statement 1 of inline");
    expect((await local("--request-id", "0000000000000000")).stderr).toContain("EventNotFoundException");
    await iam(gateway, gateway.admin).send(
      new PutUserPolicyCommand({
        UserName: "ann",
        PolicyName: "inline",
        PolicyDocument: JSON.stringify(allow("s3:GetObject", "arn:aws:s3:::explained/in/*")),
      }),
    );
  });

  test("what follows from who calls is the same for the gateway, explain, who-can and the simulator", async () => {
    const asUser = allow("s3:GetObject", "arn:aws:s3:::explained/out/*", {
      StringEquals: { "aws:PrincipalType": "User", "aws:PrincipalTag/team": "blue" },
    });
    const bea = await makeUser(gateway, "bea", { policy: asUser });
    const question = ["--action", "s3:GetObject", "--resource", "arn:aws:s3:::explained/out/a"];
    const admin = iam(gateway, gateway.admin);
    const simulated = async (action: string) => {
      const { EvaluationResults } = await admin.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: bea.arn,
          ActionNames: [action],
          ResourceArns: ["arn:aws:s3:::explained/out/a"],
        }),
      );
      return EvaluationResults?.[0]?.EvalDecision;
    };
    const answers = async () => [
      await outcome(s3(gateway, bea.keys).send(new GetObjectCommand({ Bucket: "explained", Key: "out/a" }))),
      (await local("--user", "bea", ...question)).stdout.split("\n")[0],
      (await local("--who-can", ...question)).stdout.includes(bea.arn),
      await simulated("s3:GetObject"),
    ];
    expect(await answers()).toEqual([
      "AccessDenied",
      "DENIED: nothing in policies of the caller allows it",
      false,
      "implicitDeny",
    ]);
    await admin.send(new TagUserCommand({ UserName: "bea", Tags: [{ Key: "team", Value: "blue" }] }));
    expect(await answers()).toEqual(["allowed", "ALLOWED by policies of the caller", true, "allowed"]);
    // It needs no permission, and a Deny does not change that.
    const Statement = { Effect: "Deny", Action: "sts:*", Resource: "*" };
    await admin.send(
      new PutUserPolicyCommand({
        UserName: "bea",
        PolicyName: "no-sts",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
      }),
    );
    expect((await sts(gateway, bea.keys).send(new GetCallerIdentityCommand({}))).Arn).toBe(bea.arn);
    expect((await local("--user", "bea", "--action", "sts:GetCallerIdentity")).stdout).toMatch(
      /^ALLOWED: this action needs no permission/,
    );
    expect(await simulated("sts:GetCallerIdentity")).toBe("allowed");
  });

  test("--who-can lists who, and through what", async () => {
    const listed = await local("--who-can", "--action", "s3:GetObject", "--resource", "arn:aws:s3:::explained/in/a");
    expect(listed.stdout.split("\n")).toEqual([
      `arn:aws:iam::${gateway.accountId}:user/admin\tarn:aws:iam::aws:policy/AdministratorAccess, statement 1`,
      `${ann.arn}\tinline (inline), statement 1`,
      "",
    ]);
    // The same where the answer that has everybody may not be read.
    const limit = { UserName: "admin", PolicyName: "no-details" };
    const Statement = [{ Effect: "Deny", Action: "iam:GetAccountAuthorizationDetails", Resource: "*" }];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam(gateway, gateway.admin).send(new PutUserPolicyCommand({ ...limit, PolicyDocument }));
    const slower = await local("--who-can", "--action", "s3:GetObject", "--resource", "arn:aws:s3:::explained/in/a");
    expect([slower.code, slower.stdout]).toEqual([0, listed.stdout]);
    await iam(gateway, gateway.admin).send(new DeleteUserPolicyCommand(limit));
    const closed = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::explained/*" }],
    });
    const file = join(gateway.home, "closed.json");
    writeFileSync(file, closed);
    const nobody = await local(
      "--who-can",
      "--action",
      "s3:GetObject",
      "--resource",
      "arn:aws:s3:::explained/in/a",
      "--resource-policy",
      file,
    );
    expect(nobody).toMatchObject({ code: 0, stdout: "" });
    expect(nobody.stderr).toContain(
      "No user and no role of this account may do s3:GetObject on arn:aws:s3:::explained/in/a, and nobody outside it",
    );
  });

  test("--who-can counts a public access block: a restricted public policy serves the account alone", async () => {
    const bucket = "shown";
    await makeBucket(gateway, bucket);
    const admin = s3(gateway, gateway.admin);
    await admin.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }));
    const Statement = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::shown/*" };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await admin.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    const who = async () => {
      const ended = await local("--who-can", "--action", "s3:GetObject", "--resource", "arn:aws:s3:::shown/x");
      expect(ended.stderr).not.toContain("is not counted");
      return ended.stdout;
    };
    expect(await who()).toContain("everyone, including anonymous callers\t");
    const PublicAccessBlockConfiguration = { RestrictPublicBuckets: true };
    await admin.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration }));
    const servesAccount = async () => {
      const restricted = await who();
      expect(restricted).toContain(`${ann.arn}\t`);
      expect(restricted).not.toMatch(/everyone|anybody/);
    };
    await servesAccount();
    await admin.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }));
    // That of the account, where the bucket has none.
    const account = ann.arn.split(":")[4] ?? "";
    const ofAccount = { path: "/v20180820/configuration/publicAccessBlock", headers: { "x-amz-account-id": account } };
    const set = "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>"; // prettier-ignore
    const body = Buffer.from(set);
    expect(await send(gateway, { ...ofAccount, method: "PUT", keys: gateway.admin, body })).toMatchObject({
      status: 200,
    });
    await servesAccount();
    expect(await send(gateway, { ...ofAccount, method: "DELETE", keys: gateway.admin })).toMatchObject({ status: 204 });
    expect(await who()).toContain("everyone, including anonymous callers\t");
  });

  test("--who-can names everyone, and those who may under conditions", async () => {
    const policy = (condition: object): string => {
      const file = join(gateway.home, "shared.json");
      const Statement = {
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::explained/*",
      };
      writeFileSync(file, JSON.stringify({ Version: "2012-10-17", Statement: { ...Statement, Condition: condition } }));
      return file;
    };
    const who = (file: string, ...more: string[]) =>
      local(
        "--who-can",
        "--action",
        "s3:GetObject",
        "--resource",
        "arn:aws:s3:::explained/out/x",
        "--resource-policy",
        file,
        ...more,
      );
    const everyone = await who(policy({}));
    expect(everyone.stdout).toContain(`${ann.arn}\t`);
    expect(everyone.stdout).toContain("everyone, including anonymous callers\t");
    const near = await who(policy({ IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }));
    expect(near.stdout).toMatch(
      /everyone, including anonymous callers\t.*, depending on aws:sourceip: allowed with aws:sourceip "203\.0\.113\.0", refused without aws:sourceip\n/,
    );
    const known = await who(
      policy({ IpAddress: { "aws:SourceIp": "203.0.113.0/24" } }),
      "--context",
      "aws:SourceIp=198.51.100.1",
    );
    expect(known.stdout).not.toContain(ann.arn);
    expect(known.stdout).not.toContain("everyone");
    const members = await who(policy({ StringLike: { "aws:PrincipalArn": "arn:aws:iam::*:user/*" } }), "--json");
    const lines = members.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { Principal: string });
    expect(lines.map(({ Principal }) => Principal)).toContain("anybody with an account whose policies allow it");
  });
});
