import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeletePublicAccessBlockCommand, PutBucketOwnershipControlsCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { documentedSettings, environment, output } from "../clients.ts";
import { allow, makeUser } from "../fixtures.ts";
import type { RunningGateway } from "../gateway.ts";
import { startGatewayHere } from "../gateway-here.ts";
import { type PythonProgram, startPythonProgram } from "../python-program.ts";

describe("s3cmd of Debian", { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  let program: PythonProgram;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    program = await startPythonProgram(
      "/usr/bin/s3cmd",
      ["S3.S3", "S3.FileLists", "dateutil.parser", "magic"],
      "forks",
    );
    writeFileSync(join(gateway.home, ".s3cfg"), `[default]\n${documentedSettings(gateway, "s3cmd")}`);
    mkdirSync(join(gateway.home, "up/dir"), { recursive: true });
    for (const name of ["a.txt", "dir/b.txt", "sp ace +ü%41.txt"]) {
      writeFileSync(join(gateway.home, "up", name), name);
    }
    await s3cmd("mb", "s3://everyday");
  });
  afterAll(async () => {
    program.stop();
    await gateway.stop();
  });

  const ended = (args: readonly string[], keys = gateway.admin) =>
    program.run(args, { cwd: gateway.home, env: environment(gateway, { keys }) });
  const s3cmd = (...args: string[]) => output(ended(args));
  const keysIn = async (place: string) =>
    [...(await s3cmd("ls", "--recursive", place)).matchAll(/s3:\/\/everyday\/(.*)$/gm)].map(([, key]) => key);

  test("buckets: made, listed, described, removed only when empty", async () => {
    await s3cmd("mb", "s3://short-lived");
    await s3cmd("put", "up/a.txt", "s3://short-lived/");
    expect(await s3cmd("ls")).toMatch(/s3:\/\/everyday\n.* s3:\/\/short-lived\n/);
    expect(await s3cmd("info", "s3://short-lived")).toMatch(/Location: +us-east-1\n[^]*Policy: +none\n +CORS: +none\n/);
    const refused = await ended(["rb", "s3://short-lived"]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("409 (BucketNotEmpty)");
    await s3cmd("rb", "--recursive", "s3://short-lived");
    expect(await s3cmd("ls")).not.toContain("short-lived");
  });

  test("an object up, described, down, copied, moved and changed", async () => {
    await s3cmd(
      "put",
      "up/a.txt",
      "s3://everyday/one/a.txt",
      "--add-header=x-amz-meta-colour:blue",
      "--storage-class=STANDARD_IA",
      "--server-side-encryption",
    );
    const info = await s3cmd("info", "s3://everyday/one/a.txt");
    expect(info).toMatch(/File size: 5\n[^]*MIME type: text\/plain\n +Storage: +STANDARD_IA\n/);
    expect(info).toContain("x-amz-meta-colour: blue");
    expect(info).toMatch(/SSE: +AES256\n/);
    await s3cmd("get", "s3://everyday/one/a.txt", "back.txt");
    expect(readFileSync(join(gateway.home, "back.txt"), "utf8")).toBe("a.txt");
    await s3cmd("cp", "s3://everyday/one/a.txt", "s3://everyday/one/copy.txt");
    await s3cmd("mv", "s3://everyday/one/copy.txt", "s3://everyday/one/moved.txt");
    await s3cmd("modify", "--mime-type=text/csv", "s3://everyday/one/moved.txt");
    expect(await s3cmd("info", "s3://everyday/one/moved.txt")).toContain("MIME type: text/csv");
    expect(await keysIn("s3://everyday/one/")).toEqual(["one/a.txt", "one/moved.txt"]);
    const link = (await s3cmd("signurl", "s3://everyday/one/moved.txt", "+60")).trim();
    expect(await (await fetch(link)).text()).toBe("a.txt");
    expect(await s3cmd("du", "s3://everyday/one/")).toMatch(/^ *10 +2 objects s3:\/\/everyday\/one\//);
    await s3cmd("del", "--recursive", "--force", "s3://everyday/one/");
    expect(await keysIn("s3://everyday/one/")).toEqual([]);
  });

  test("an object in parts", async () => {
    const bytes = Buffer.alloc(5 * 1024 * 1024 + 1, "0123456789abcdef");
    writeFileSync(join(gateway.home, "big.bin"), bytes);
    await s3cmd("put", "--multipart-chunk-size-mb=5", "big.bin", "s3://everyday/big.bin");
    expect(await s3cmd("ls", "-l", "s3://everyday/big.bin")).toMatch(/ 5242881 +[0-9a-f]{32}-2 +STANDARD /);
    writeFileSync(join(gateway.home, "big-back.bin"), bytes.subarray(0, 1000));
    await s3cmd("get", "--continue", "s3://everyday/big.bin", "big-back.bin");
    expect(readFileSync(join(gateway.home, "big-back.bin")).equals(bytes)).toBe(true);
    expect(await s3cmd("multipart", "s3://everyday")).toBe("s3://everyday/\nInitiated\tPath\tId\n");
  });

  test("a folder synchronized both ways, odd names included", async () => {
    await s3cmd("sync", "up/", "s3://everyday/sync/");
    expect(await keysIn("s3://everyday/sync/")).toEqual(["sync/a.txt", "sync/dir/b.txt", "sync/sp ace +ü%41.txt"]);
    expect(await s3cmd("ls", "s3://everyday/sync/")).toContain("DIR  s3://everyday/sync/dir/");
    rmSync(join(gateway.home, "up/a.txt"));
    expect(await s3cmd("sync", "--delete-removed", "up/", "s3://everyday/sync/")).toBe(
      "delete: 's3://everyday/sync/a.txt'\n",
    );
    await s3cmd("sync", "s3://everyday/sync/", "down/");
    expect(readFileSync(join(gateway.home, "down/sp ace +ü%41.txt"), "utf8")).toBe("sp ace +ü%41.txt");
    expect(readFileSync(join(gateway.home, "down/dir/b.txt"), "utf8")).toBe("dir/b.txt");
  });

  test("the policy of a bucket, and a website's settings", async () => {
    const Resource = "arn:aws:s3:::everyday/one/*";
    const statement = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource };
    const document = { Version: "2012-10-17", Statement: [statement] };
    writeFileSync(join(gateway.home, "policy.json"), JSON.stringify(document));
    const refused = await ended(["setpolicy", "policy.json", "s3://everyday"]);
    expect(refused.stderr).toContain("403 (AccessDenied)"); // Block Public Access, as for every new bucket
    await s3cmd("ws-create", "s3://everyday");
    expect(await s3cmd("ws-info", "s3://everyday")).toContain("Index document:   index.html");
    await s3cmd("ws-delete", "s3://everyday");
  });

  test("ACLs, in a bucket that has them and blocks no public ones", async () => {
    await s3cmd("mb", "s3://with-acls");
    const refused = await ended(["setacl", "--acl-public", "s3://with-acls"]);
    expect(refused.stderr).toContain("AccessControlListNotSupported");
    const admin = new S3Client({
      endpoint: gateway.endpoint,
      credentials: gateway.admin,
      region: "us-east-1",
      forcePathStyle: true,
    });
    onTestFinished(() => admin.destroy());
    const OwnershipControls = { Rules: [{ ObjectOwnership: "ObjectWriter" as const }] };
    await admin.send(new PutBucketOwnershipControlsCommand({ Bucket: "with-acls", OwnershipControls }));
    await admin.send(new DeletePublicAccessBlockCommand({ Bucket: "with-acls" }));
    await s3cmd("put", "--acl-public", "up/dir/b.txt", "s3://with-acls/b.txt");
    expect(await s3cmd("info", "s3://with-acls/b.txt")).toContain("*anon*: READ");
    const read = async () => (await fetch(`${gateway.endpoint}/with-acls/b.txt`)).status;
    expect(await read()).toBe(200);
    await s3cmd("setacl", "--acl-private", "s3://with-acls/b.txt");
    expect(await read()).toBe(403);
    await s3cmd("rb", "--recursive", "--force", "s3://with-acls");
  });

  test("what is refused says why", async () => {
    const reader = await makeUser(gateway, "s3cmd-reader", {
      policy: allow(["s3:ListBucket", "s3:GetBucketLocation"], "arn:aws:s3:::everyday"),
    });
    const refused = await ended(["put", "up/dir/b.txt", "s3://everyday/no.txt"], reader.keys);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(
      `403 (AccessDenied): User: ${reader.arn} is not authorized to perform: s3:PutObject`,
    );
    expect((await ended(["ls", "s3://not-there"])).stderr).toContain("404 (NoSuchBucket)");
  });
});
