/** Lost keys, lost administrators and a lost key file: the command on folders that a gateway left. */
import { chownSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DetachUserPolicyCommand,
  GetUserCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { GetObjectCommand, ListBucketsCommand } from "@aws-sdk/client-s3";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { expect, onTestFinished, test } from "vitest";
import { openConnection } from "../packages/gateway/src/stores/sqlite/connection.ts";
import { cli, cliHere, iam, outcome, s3, sts } from "./clients.ts";
import { makeBucket, makeUser } from "./fixtures.ts";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { type Keys, readKeys, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

const everything = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } };

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-recover-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** A gateway that ends with the test. */
async function start(home: string): Promise<RunningGateway> {
  const gateway = await startGatewayHere({ home });
  onTestFinished(async () => void (await gateway.stop()));
  return gateway;
}

const recover = (gateway: RunningGateway, ...args: readonly string[]) =>
  cliHere(gateway, ["recover", "--data", gateway.dataDir, ...args]);

/** Who these keys are at a gateway, and that they may administer it. */
const administers = (gateway: RunningGateway, keys: Keys) => outcome(iam(gateway, keys).send(new ListUsersCommand({})));

async function deleteAdmin(gateway: RunningGateway): Promise<void> {
  const client = iam(gateway, gateway.root);
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  await client.send(new DetachUserPolicyCommand({ UserName: "admin", PolicyArn }));
  await client.send(new DeleteAccessKeyCommand({ UserName: "admin", AccessKeyId: gateway.admin.accessKeyId }));
  await client.send(new DeleteUserCommand({ UserName: "admin" }));
}

test("lost files: new keys in private files, the old ones are named, everything else stays", async () => {
  const home = newHome();
  const first = await start(home);
  await makeBucket(first, "kept", ["key"]);
  const alice = await makeUser(first, "alice", { policy: everything });
  expect(await first.stop()).toBe(0);
  const files = ["root-credentials", "admin-credentials"].map((name) => join(first.dataDir, name));
  for (const file of files) rmSync(file);
  // In a process of its own, as built; the others of this file are run here.
  const { code, stdout, stderr } = await cli(first, ["recover", "--data", first.dataDir]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `root keys:  ${files[0]}\nadmin keys: ${files[1]}\n` });
  const [root, admin] = files.map(readKeys);
  expect(stderr.split("\n")).toEqual([
    `Created access key ${root?.accessKeyId} for root`,
    `Access key ${first.root.accessKeyId} of root works too: delete it if you do not know who has it`,
    `Created access key ${admin?.accessKeyId} for user admin`,
    `Access key ${first.admin.accessKeyId} of user admin works too: delete it if you do not know who has it`,
    "",
  ]);
  expect(`${stdout}${stderr}`).not.toContain(admin?.secretAccessKey);
  for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = await start(home);
  expect(again.admin).toEqual(admin);
  for (const keys of [again.root, again.admin, first.admin, alice.keys])
    expect(await administers(again, keys)).toBe("allowed");
  const { Body } = await s3(again, alice.keys).send(new GetObjectCommand({ Bucket: "kept", Key: "key" }));
  expect(await Body?.transformToString()).toBe("key");
});

test("nothing is lost: nothing changes; a third key takes the place of the oldest, and that is said", async () => {
  const home = newHome();
  const first = await start(home);
  await first.stop();
  const file = join(first.dataDir, "admin-credentials");
  const before = readFileSync(file, "utf8");
  expect(await recover(first)).toMatchObject({
    code: 0,
    stderr: `Access key ${first.root.accessKeyId} of root works and stays\nAccess key ${first.admin.accessKeyId} of user admin works and stays\n`,
  });
  expect(readFileSync(file, "utf8")).toBe(before);
  for (let round = 0; round < 2; round += 1) {
    rmSync(file);
    expect(await recover(first)).toMatchObject({ code: 0 });
  }
  rmSync(file);
  writeFileSync(file, "[default]\naws_access_key_id=AKIAAAAAAAAAAAAAAAAA\naws_secret_access_key=no\n");
  const last = await recover(first);
  expect(last.stderr).toMatch(/Deleted access key AKIA\w+ of user admin: there can be two at most\n/);
  const again = await start(home);
  expect(await administers(again, again.admin)).toBe("allowed");
  expect(await administers(again, first.admin)).toBe("InvalidClientTokenId");
});

test("the last administrator was deleted: it is made again, and nobody else becomes one", async () => {
  const home = newHome();
  const first = await start(home);
  const { User: before } = await iam(first, first.admin).send(new GetUserCommand({ UserName: "admin" }));
  await deleteAdmin(first);
  await first.stop();
  const { code, stderr } = await recover(first);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toContain("Created user: admin with policy AdministratorAccess\n");
  const second = await start(home);
  expect(await administers(second, second.admin)).toBe("allowed");
  const { User: after } = await iam(second, second.admin).send(new GetUserCommand({ UserName: "admin" }));
  expect(after?.UserId).not.toBe(before?.UserId);
  // Now a user `admin` who is somebody with few rights.
  await deleteAdmin(second);
  const somebody = await makeUser({ ...second, admin: second.root }, "admin");
  await second.stop();
  expect((await recover(second)).stderr).toContain("Created user: admin-2 with policy AdministratorAccess\n");
  const third = await start(home);
  expect(await administers(third, third.admin)).toBe("allowed");
  expect(await administers(third, somebody.keys)).toBe("AccessDenied");
});

test("an administrator who is denied everything is none: another is made", async () => {
  const home = newHome();
  const first = await start(home);
  const PolicyDocument = JSON.stringify({ ...everything, Statement: { ...everything.Statement, Effect: "Deny" } });
  await iam(first, first.root).send(
    new PutUserPolicyCommand({ UserName: "admin", PolicyName: "deny", PolicyDocument }),
  );
  await first.stop();
  expect((await recover(first)).stderr).toContain("Created user: admin-2 with policy AdministratorAccess\n");
  const again = await start(home);
  expect(await administers(again, again.admin)).toBe("allowed");
});

test("a lost or foreign key file: said exactly, then given up on demand; objects, users and policies stay", async () => {
  const home = newHome();
  const first = await start(home);
  await makeBucket(first, "kept", ["key"]);
  const alice = await makeUser(first, "alice", { policy: everything });
  const { Credentials } = await sts(first, alice.keys).send(
    new AssumeRoleCommand({ RoleArn: undefined, RoleSessionName: "session" }),
  );
  const session = {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
  expect(await administers(first, session)).toBe("allowed");
  await first.stop();
  const keyfile = join(first.dataDir, "keyfile");
  for (const lose of [() => rmSync(keyfile), () => writeFileSync(keyfile, Buffer.alloc(32, 7))]) {
    lose();
    const refused = await recover(first);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(
      /^Error: the key file \S+ is (missing|not the one of \S+), and without it no access key \(there are 3\) and no session can be restored: put it back from a copy, or .* with --new-key-file; [^\n]*\n$/,
    );
  }
  const { code, stderr } = await recover(first, "--new-key-file");
  expect(code).toBe(0);
  expect(stderr).toContain(`  ${alice.keys.accessKeyId} of user alice\n`);
  expect(stderr).toContain(`  ${first.root.accessKeyId} of root\n`);
  expect(statSync(keyfile).mode & 0o777).toBe(0o600);
  expect(readdirSync(first.dataDir).filter((name) => name.startsWith("keyfile.old-"))).toHaveLength(1);
  const again = await start(home);
  expect(await administers(again, again.admin)).toBe("allowed");
  expect(await administers(again, alice.keys)).toBe("InvalidClientTokenId");
  expect(await administers(again, session)).toMatch(/^InvalidClientTokenId|InvalidToken$/);
  const { Body } = await s3(again, again.admin).send(new GetObjectCommand({ Bucket: "kept", Key: "key" }));
  expect(await Body?.transformToString()).toBe("key");
  expect(await outcome(iam(again, again.admin).send(new GetUserCommand({ UserName: "alice" })))).toBe("allowed");
});

test("several accounts: the management account is recovered, or the one that is named", async () => {
  const home = newHome();
  const gateway = await start(home);
  expect(await gateway.stop()).toBe(0);
  const other = "000000000009";
  const connection = openConnection(join(gateway.dataDir, "directory.db"));
  connection.run("INSERT INTO accounts (id, canonical_id, created_at) VALUES (?, ?, ?)", [other, "c".repeat(64), 1]);
  connection.close();
  const files = ["root-credentials", "admin-credentials"].map((name) => join(gateway.dataDir, "accounts", other, name));
  const own = gateway.accountId;
  const nobody = "000000000008";
  expect(await recover(gateway, "--account-id", nobody)).toMatchObject({
    code: 1,
    stdout: "",
    stderr: `Error: ${gateway.dataDir} belongs to account ${own}, not ${nobody}: leave --account-id out, or give another --data folder or --database\n`,
  });
  for (const named of [[], ["--account-id", own]])
    expect(await recover(gateway, ...named)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`Access key ${gateway.root.accessKeyId} of root works and stays`),
    });
  // The other account's keys are in a folder of its own.
  const recovered = await recover(gateway, "--account-id", other);
  expect(recovered).toMatchObject({ code: 0, stdout: `root keys:  ${files[0]}\nadmin keys: ${files[1]}\n` });
  expect(recovered.stderr).toContain("Created user: admin with policy AdministratorAccess");
});

test("what is refused is one line: in use, no data folder, another user's, no account yet", async () => {
  const home = newHome();
  const gateway = await start(home);
  const ends = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await cliHere(gateway, ["recover", ...args]);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^Error: [^\n]+\n$/);
    return { code, message: stderr.slice("Error: ".length, -1) };
  };
  expect(await ends()).toEqual({
    code: 2,
    message: "recover needs the data folder of the gateway: give it with --data DIR",
  });
  expect(await ends("--data", gateway.dataDir)).toEqual({
    code: 1,
    message: `the data folder ${gateway.dataDir} is in use by another gateway; stop that one, or choose another folder with --data`,
  });
  expect(await outcome(s3(gateway, gateway.admin).send(new ListBucketsCommand({})))).toBe("allowed");
  const nowhere = join(home, "nowhere");
  expect(await ends("--data", nowhere)).toEqual({
    code: 1,
    message: `${nowhere} does not exist: give the --data folder of a gateway`,
  });
  expect(existsSync(nowhere)).toBe(false);
  const file = join(gateway.dataDir, "keyfile");
  expect(await ends("--data", file)).toEqual({
    code: 1,
    message: `${file} is not a folder: give the --data folder of a gateway`,
  });
  const state = join(home, "state");
  expect(await ends("--data", state)).toEqual({
    code: 1,
    message: `${state} is not the data folder of a gateway, because it has no directory.db: give another with --data`,
  });
  expect(readdirSync(state)).toEqual(["s3-credentials"]);
  await gateway.stop();
  if (process.getuid?.() !== 0) return; // only root may give a folder to another user
  chownSync(gateway.dataDir, 12_345, 12_345);
  const { code, message } = await ends("--data", gateway.dataDir);
  expect({ code, message }).toEqual({
    code: 1,
    message: `${gateway.dataDir} belongs to the user with id 12345, and this is run by 0: run it as the user who runs the gateway, who could not read files of another`,
  });
});
