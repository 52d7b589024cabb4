/** What nobody uses, and rights that shrink to what is used. */
import {
  AddUserToGroupCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateLoginProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserPolicyCommand,
  GetUserPolicyCommand,
  ListUserPoliciesCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { cliHere, iam, outcome, s3, sts } from "./clients.ts";
import { allow, makeBucket, makeUser } from "./fixtures.ts";
import type { Keys, RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

interface Finding {
  readonly Finding: string;
  readonly Kind: string;
  readonly Name: string;
  readonly Why?: string;
  readonly Policy?: { readonly Statement: unknown };
  readonly InPlaceOf?: readonly string[];
}

describe("access-report", () => {
  let gateway: RunningGateway;
  let folder: string;
  let ann: Keys;
  beforeAll(async () => {
    gateway = await startGatewayHere({ args: ["--data-events"] });
    folder = mkdtempSync(join(tmpdir(), "s3-credentials-report-"));
    await makeBucket(gateway, "data", ["in/1", "in/2", "in/3", "in/4", "b.txt"]);
    const client = iam(gateway, gateway.admin);
    ({ keys: ann } = await makeUser(gateway, "ann", {
      policy: allow("s3:*", ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]),
    }));
    await client.send(new CreateGroupCommand({ GroupName: "readers" }));
    const everything = JSON.stringify(allow("iam:Get*", "*"));
    await client.send(new PutGroupPolicyCommand({ GroupName: "readers", PolicyName: "p", PolicyDocument: everything }));
    await client.send(new CreateUserCommand({ UserName: "con-1" }));
    await client.send(new CreateAccessKeyCommand({ UserName: "con-1" }));
    await client.send(new CreateLoginProfileCommand({ UserName: "con-1", Password: "Correct-horse-1" }));
    for (const UserName of ["ann", "con-1"])
      await client.send(new AddUserToGroupCommand({ GroupName: "readers", UserName }));
    const PolicyArn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    for (const UserName of ["ann", "con-1"]) await client.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    const trust = { Statement: { Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" } };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", ...trust });
    await client.send(new CreateRoleCommand({ RoleName: "idle", AssumeRolePolicyDocument }));
    const own = s3(gateway, ann);
    for (const key of ["in/1", "in/2", "in/3", "in/4"])
      await own.send(new GetObjectCommand({ Bucket: "data", Key: key }));
    await own.send(new PutObjectCommand({ Bucket: "data", Key: "out/a", Body: "a" }));
    await own.send(new ListObjectsV2Command({ Bucket: "data", Prefix: "in/" }));
    await own.send(new CopyObjectCommand({ Bucket: "data", Key: "copy", CopySource: "data/b.txt" }));
  });
  afterAll(async () => {
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const local = (...args: string[]) => cliHere(gateway, ["access-report", ...args, "--local"]);
  const findings = async (...args: string[]): Promise<readonly Finding[]> => {
    const { stdout } = await local("--format", "json", ...args);
    return (JSON.parse(stdout) as { readonly Findings: readonly Finding[] }).Findings;
  };
  /** Data events are written a little later than their calls are answered. */
  const recorded = (action: string) =>
    expect.poll(async () => JSON.stringify(await findings("--user", "ann")), { timeout: 60_000 }).toContain(action);

  const statementsOf = (found: readonly Finding[], name: string): unknown =>
    found.find((one) => one.Finding === "narrower" && one.Name === name)?.Policy?.Statement;
  const onData = (Action: string, ...keys: readonly string[]) => ({
    Action: [Action],
    Effect: "Allow",
    Resource: keys.map((key) => `arn:aws:s3:::data${key}`),
  });

  test("a policy of what was used, in place of what, and whom that touches", async () => {
    await recorded("out/a");
    const found = await findings("--since", "1h");
    // Copying reads the source: every action that a call asks for is in the record.
    expect(statementsOf(found, "ann")).toEqual([
      onData("s3:GetObject", "/b.txt", "/in/*"),
      onData("s3:ListBucket", ""),
      onData("s3:PutObject", "/copy", "/out/a"),
    ]);
    expect(found.find(({ Name }) => Name === "ann")?.InPlaceOf).toEqual([
      "policy inline",
      "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess, which stays as it is for user con-1",
      "membership of group readers, which stays as it is for user con-1",
    ]);
    expect(found).toContainEqual({ Finding: "unused rights", Kind: "user", Name: "con-1" });
    const report = await local("--since", "1h");
    expect(report.code).toBe(1);
    expect(report.stdout).toContain("What is not in it may still be needed.");
    expect(report.stdout).toContain("unused: none of the keys and roles that were made before ");
    expect(report.stdout).toContain("It is known to have every call on objects only since ");
    expect(report.stdout).toContain("unused: the rights of user con-1, who used none of them");
    const table = await local("--since", "1h", "--format", "csv");
    expect(table.stdout).toMatch(/^Finding,Kind,Name,Id,LastUsed,Why,Policy,InPlaceOf\r\n/);
  });

  test("keys and roles that nobody used", async () => {
    // Whatever was made within the window is not unused.
    expect((await findings("--since", "1h")).map(({ Kind }) => Kind)).not.toContain("access key");
    const soon = expect.poll(() => findings("--since", "1s"), { timeout: 60_000 });
    await soon.toContainEqual(expect.objectContaining({ Finding: "unused", Kind: "access key", Name: "con-1" }));
    const found = await findings("--since", "1s");
    expect(found).toContainEqual(expect.objectContaining({ Finding: "unused", Kind: "role", Name: "idle" }));
    expect(found).toContainEqual(expect.objectContaining({ Finding: "unused", Kind: "password", Name: "con-1" }));
  });

  test("applied, what was used still works and nothing else does; undone, all is as before", async () => {
    const undo = join(folder, "undo.json");
    const asked = await local("--since", "1h", "--user", "ann", "--apply", undo);
    expect(asked.stderr).toContain("it is not known that every call of the window is in the record");
    expect((await local("--since", "1h", "--apply", undo)).code).toBe(2);
    const self = await local("--since", "1h", "--user", "admin", "--apply", undo, "--trust-record");
    // It changed the policies of others alone, and would not be able to take it back.
    expect(self.stderr).toContain("afterwards user admin, the caller itself, could not change its policies any more");
    expect([self.code, existsSync(undo)]).toEqual([1, false]);
    const own = s3(gateway, ann);
    const tries = async () => [
      await outcome(own.send(new GetObjectCommand({ Bucket: "data", Key: "in/4" }))),
      await outcome(own.send(new CopyObjectCommand({ Bucket: "data", Key: "copy", CopySource: "data/b.txt" }))),
      await outcome(own.send(new GetObjectCommand({ Bucket: "data", Key: "copy" }))),
      await outcome(own.send(new PutObjectCommand({ Bucket: "data", Key: "in/1", Body: "" }))),
    ];
    const none = await local("--since", "1h", "--user", "con-1", "--apply", undo, "--trust-record");
    expect(none.stderr).toContain("nothing was done: there is no narrower policy for user con-1");
    const applied = await local("--since", "1h", "--user", "ann", "--apply", undo, "--trust-record");
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.stderr).toContain(`To take it back: s3-credentials access-report --undo ${undo}`);
    expect(await tries()).toEqual(["allowed", "allowed", "AccessDenied", "AccessDenied"]);
    const kept = readFileSync(undo, "utf8");
    expect(kept).toContain("AddUserToGroup");
    const undone = await local("--undo", undo);
    expect(undone).toMatchObject({ code: 0, stdout: "" });
    expect(await tries()).toEqual(["allowed", "allowed", "allowed", "allowed"]);
    const wrong = await local("--undo", join(folder, "nothing.json"));
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("there is no such file")]);
  });

  describe("with a change in between", () => {
    /** What is done before the gateway gets a request, whose form this is. */
    let before: (form: URLSearchParams) => Promise<unknown> = async () => {};
    let between: Server;
    const through = (...args: string[]) => {
      const { port } = between.address() as AddressInfo;
      const options = ["--endpoint-url", `http://127.0.0.1:${port}`, "--since", "1h"];
      return cliHere(gateway, ["access-report", ...args, ...options], { keys: gateway.admin });
    };
    beforeAll(async () => {
      between = createServer((request, response) => void pass(request, response));
      await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
      for (const [name, key] of [
        ["bea", "in/1"],
        ["cleo", "in/2"],
      ] as const) {
        const { keys } = await makeUser(gateway, name, { policy: allow("s3:*", ["arn:aws:s3:::data/*"]) });
        await s3(gateway, keys).send(new GetObjectCommand({ Bucket: "data", Key: key }));
      }
      await makeWorker();
    });
    afterAll(() => new Promise((resolve) => between.close(resolve)));

    /** A role that has read one object by a policy of its own, and has one of AWS's too. */
    async function makeWorker(): Promise<void> {
      const RoleName = "worker";
      const trust = { Statement: { Effect: "Allow", Principal: { AWS: gateway.accountId }, Action: "sts:AssumeRole" } };
      const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", ...trust });
      const { Role } = await admin().send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
      const PolicyDocument = JSON.stringify(allow("s3:*", "*"));
      await admin().send(new PutRolePolicyCommand({ RoleName, PolicyName: "inline", PolicyDocument }));
      const PolicyArn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
      await admin().send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
      const session = new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "job" });
      const { Credentials } = await sts(gateway, gateway.admin).send(session);
      const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
      const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
      await s3(gateway, keys).send(new GetObjectCommand({ Bucket: "data", Key: "in/3" }));
    }
    afterEach(() => {
      before = async () => {};
    });

    async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const body = Buffer.concat(await request.toArray());
      await before(new URLSearchParams(body.toString("latin1")));
      const { method = "", url = "", headers } = request;
      const asked = httpRequest(`${gateway.endpoint}${url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      asked.end(body);
    }

    const admin = () => iam(gateway, gateway.admin);
    const put = (UserName: string, PolicyName: string, action: string) => {
      const PolicyDocument = JSON.stringify(allow(action, "*"));
      return admin().send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }));
    };
    const remove = (UserName: string, PolicyName: string) =>
      admin().send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
    const policiesOf = async (UserName: string) =>
      (await admin().send(new ListUserPoliciesCommand({ UserName }))).PolicyNames;
    /** Before the request with these members comes for this time. */
    function onRequest(members: Readonly<Record<string, string>>, time: number, change: () => Promise<unknown>): void {
      let seen = 0;
      before = async (form) => {
        if (Object.entries(members).every(([name, value]) => form.get(name) === value) && (seen += 1) === time)
          await change();
      };
    }
    const whole = { Action: "GetAccountAuthorizationDetails" };
    const both = ["--user", "bea", "--user", "cleo", "--trust-record", "--apply"];

    test("who has changed after the report is refused by name, and nothing is done", async () => {
      const found = expect.poll(() => findings("--since", "1h"), { timeout: 60_000 });
      const narrower = (Name: string) => expect.objectContaining({ Finding: "narrower", Name }) as unknown;
      await found.toEqual(expect.arrayContaining([narrower("bea"), narrower("cleo"), narrower("worker")]));
      const undo = join(folder, "refused.json");
      onRequest(whole, 2, () => put("bea", "more", "s3:GetObject"));
      const refused = await through(...both, undo);
      expect(refused.stderr).toMatch(
        /^Error: the policies of user bea have changed since they were read; run [^\n]+\n$/,
      );
      expect([refused.code, existsSync(undo)]).toEqual([1, false]);
      expect([await policiesOf("bea"), await policiesOf("cleo")]).toEqual([["inline", "more"], ["inline"]]);
      await remove("bea", "more");
    });

    test("who changes while others are changed is not changed, and the others have what they had", async () => {
      onRequest(whole, 4, () => put("cleo", "more", "s3:GetObject"));
      const refused = await through(...both, join(folder, "later.json"));
      expect(refused.stderr).toContain("Done: put policy access-report into user bea\n");
      expect(refused.stderr).toMatch(/the policies of user cleo have changed .*; what this run had made was undone\n$/);
      expect([await policiesOf("bea"), await policiesOf("cleo")]).toEqual([["inline"], ["inline", "more"]]);
      await remove("cleo", "more");
    });

    test("a policy that is another by the time it goes stays", async () => {
      const named = { Action: "GetUserPolicy", UserName: "bea", PolicyName: "inline" };
      onRequest(named, 1, () => put("bea", "inline", "s3:ListBucket"));
      const refused = await through(...both, join(folder, "step.json"));
      expect(refused.stderr).toContain(
        "cannot delete policy inline of user bea: user bea has changed since it was read",
      );
      expect([await policiesOf("bea"), await policiesOf("cleo")]).toEqual([["inline"], ["inline"]]);
      const sent = new GetUserPolicyCommand({ UserName: "bea", PolicyName: "inline" });
      expect(decodeURIComponent((await admin().send(sent)).PolicyDocument ?? "")).toContain("s3:ListBucket");
      await put("bea", "inline", "s3:*");
    });

    test("whoever gives the same policy at the same moment and is late leaves it to the one who was faster", async () => {
      const named = { Action: "GetUserPolicy", UserName: "bea", PolicyName: "inline" };
      onRequest(named, 1, () => remove("bea", "inline"));
      const late = await through(...both, join(folder, "late.json"));
      expect(late.stderr).toMatch(/user bea would have fewer rights than before: somebody has changed it/);
      expect([late.code, await policiesOf("bea"), await policiesOf("cleo")]).toEqual([
        1,
        ["access-report"],
        ["inline"],
      ]);
      await put("bea", "inline", "s3:*");
      await remove("bea", "access-report");
    });

    test("what --apply put there and somebody changed is not taken back, by name; the others are", async () => {
      const undo = join(folder, "both.json");
      expect((await through("--role", "worker", ...both, undo)).code).toBe(0);
      await put("bea", "access-report", "s3:GetObject");
      const undone = await through("--undo", undo);
      for (const step of [
        "PutUserPolicy of cleo, inline",
        "PutRolePolicy of worker, inline",
        "AttachRolePolicy of worker, arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
      ])
        expect(undone.stderr).toContain(`Done: ${step}\n`);
      expect(undone.stderr).toMatch(
        /\nError: not taken back, because it was changed since then: user bea: PutUserPolicy of bea, access-report is not in effect any more\n$/,
      );
      expect(undone.code).toBe(1);
      expect([await policiesOf("bea"), await policiesOf("cleo")]).toEqual([["access-report"], ["inline"]]);
      // A second time, there is nothing that could be taken back.
      const again = await through("--undo", undo);
      expect(again.stderr).toContain("user cleo: DeleteUserPolicy of cleo, inline is not in effect any more");
      expect(await policiesOf("cleo")).toEqual(["inline"]);
    });
  });

  test("several objects of one call are not named one by one", async () => {
    const { keys } = await makeUser(gateway, "del", { policy: allow("s3:*", ["arn:aws:s3:::data/in/*"]) });
    const Objects = [{ Key: "in/1" }, { Key: "in/2" }];
    await s3(gateway, keys).send(new DeleteObjectsCommand({ Bucket: "data", Delete: { Objects } }));
    const soon = expect.poll(async () => statementsOf(await findings("--user", "del"), "del"), { timeout: 60_000 });
    await soon.toEqual([onData("s3:DeleteObject", "/in/*")]);
  });
});

test("without --data-events nothing narrower is proposed, and the report says why", async () => {
  const gateway = await startGatewayHere();
  try {
    const { stdout, code } = await cliHere(gateway, ["access-report", "--local"]);
    expect(stdout).toContain(
      "Calls on objects are recorded only when they are denied (serve --data-events records all)",
    );
    expect(stdout).not.toContain("narrower:");
    expect(code).toBe(0);
  } finally {
    await gateway.stop();
  }
});
