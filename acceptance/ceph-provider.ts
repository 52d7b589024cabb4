import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import type { Ceph } from "./ceph.ts";
import { cliHere, outcome } from "./clients.ts";
import { keysOf, providerClient, rights } from "./provider-rights.ts";

/** What the command does with a Ceph as its provider. The buckets and users that are made there stay. */
export function cephProviderRuns(started: () => Ceph): void {
  const run = (...args: string[]) =>
    cliHere(started(), [...args, "--provider", "ceph", "--endpoint-url", started().endpoint], {
      keys: started().admin,
    });

  test("temporary keys for a prefix work inside it and are refused outside it", async () => {
    const admin = providerClient(started().endpoint, started().admin);
    await admin.send(new CreateBucketCommand({ Bucket: "ceph-bucket" }));
    for (const Key of ["in/a", "in0/a", "out/a"])
      await admin.send(new PutObjectCommand({ Bucket: "ceph-bucket", Key, Body: "x" }));
    const made = await run("create", "ceph-bucket", "-d", "15m", "--prefix", "in/", "--verify");
    expect(made.stderr.split("\n").slice(0, 4)).toEqual([
      "Proved: nothing outside ceph-bucket/in/",
      "Created role: s3-credentials.AmazonS3FullAccess",
      "Attached policy AmazonS3FullAccess to role s3-credentials.AmazonS3FullAccess",
      "Assume role against arn:aws:iam:::role/s3-credentials.AmazonS3FullAccess for 900s",
    ]);
    expect(made.code).toBe(0);
    const s3 = providerClient(started().endpoint, keysOf(made.stdout));
    expect(await rights(s3, "ceph-bucket", "in/a")).toEqual(["allowed", "allowed"]);
    expect(await rights(s3, "ceph-bucket", "in0/a")).toEqual(["AccessDenied", "AccessDenied"]);
    expect(await rights(s3, "ceph-bucket", "out/a")).toEqual(["AccessDenied", "AccessDenied"]);
    const again = await run("create", "ceph-bucket", "-d", "15m", "--read-only");
    expect(again.stderr).not.toContain("Created role");
    expect(await rights(providerClient(started().endpoint, keysOf(again.stdout)), "ceph-bucket", "out/a")).toEqual([
      "allowed",
      "AccessDenied",
    ]);
  });

  const rowsOf = async (...args: string[]) => JSON.parse((await run(...args)).stdout) as Record<string, unknown>[];

  test("permanent keys for a prefix: a user of the admin API with nothing but its policy", async () => {
    const admin = providerClient(started().endpoint, started().admin);
    await admin.send(new CreateBucketCommand({ Bucket: "ceph-users" }));
    await admin.send(new CreateBucketCommand({ Bucket: "ceph-other" }));
    for (const Key of ["in/a", "out/a"])
      await admin.send(new PutObjectCommand({ Bucket: "ceph-users", Key, Body: "x" }));
    await admin.send(new PutObjectCommand({ Bucket: "ceph-other", Key: "in/a", Body: "x" }));
    const made = await run("create", "ceph-users", "--prefix", "in/", "--verify", "--tag", "team=blue + b");
    expect(made.code).toBe(0);
    expect(made.stderr.split("\n").slice(0, 4)).toEqual([
      "Proved: nothing outside ceph-users/in/",
      "Created user: s3.read-write.ceph-users",
      "Attached policy s3.read-write.ceph-users to user s3.read-write.ceph-users",
      "Created access key for user: s3.read-write.ceph-users",
    ]);
    const s3 = providerClient(started().endpoint, keysOf(made.stdout));
    expect(await rights(s3, "ceph-users", "in/a")).toEqual(["allowed", "allowed"]);
    expect(await rights(s3, "ceph-users", "out/a")).toEqual(["AccessDenied", "AccessDenied"]);
    expect(await rights(s3, "ceph-other", "in/a")).toEqual(["AccessDenied", "AccessDenied"]);
    expect(await outcome(s3.send(new CreateBucketCommand({ Bucket: "ceph-own" })))).toBe("AccessDenied");
    expect(await rowsOf("list-credentials")).toContainEqual(
      expect.objectContaining({
        Kind: "user",
        Name: "s3.read-write.ceph-users",
        AccessKeyIds: [keysOf(made.stdout).accessKeyId],
        Purpose: "read-write ceph-users/in/",
        Creator: "arn:aws:iam:::user/admin",
      }),
    );
  });

  test("the life of a key: each change leaves the policies there, which Ceph would drop", async () => {
    const created = await run("create", "ceph-users", "--prefix", "out/", "--username", "life", "--expires", "1h");
    expect(created.code).toBe(0);
    const first = keysOf(created.stdout);
    const rotated = await run("rotate-key", "life");
    expect(rotated.stderr).toContain(`access key ${first.accessKeyId} goes on working`);
    const second = keysOf(rotated.stdout);
    const third = await run("create", "ceph-users", "--username", "life");
    expect(third).toMatchObject({ code: 1, stderr: expect.stringContaining("has 2 access keys already") as string });
    for (const keys of [first, second])
      expect(await rights(providerClient(started().endpoint, keys), "ceph-users", "out/a")).toEqual([
        "allowed",
        "allowed",
      ]);
    expect((await run("revoke", "life", "--key", first.accessKeyId)).code).toBe(0);
    expect(await rights(providerClient(started().endpoint, first), "ceph-users", "out/a")).not.toContain("allowed");
    expect(await rights(providerClient(started().endpoint, second), "ceph-users", "out/a")).toEqual([
      "allowed",
      "allowed",
    ]);
    // A tag and one more policy.
    const more = await run("create", "ceph-users", "--username", "life", "--read-only", "--tag", "team=red");
    expect(more.stderr.split("\n")).toContain("Tagged user: life");
    const policies = await run("list-user-policies", "life");
    expect(policies.stdout.split("\n").filter((line) => line.startsWith("PolicyName"))).toEqual([
      "PolicyName: s3.read-only.ceph-users",
      "PolicyName: s3.read-write.ceph-users",
    ]);
    const ended = await run("revoke", "life");
    expect(ended.stderr).toContain("Ceph cannot end sessions that user life took before");
    expect(await rowsOf("list-keys", "life")).toEqual([]);
    expect((await run("expire")).stdout).toBe("");
    expect((await run("delete-user", "life")).stdout).toContain("Deleted user\n");
    expect((await rowsOf("list-users")).map(({ UserName }) => UserName)).not.toContain("life");
  });

  test("a user who owns buckets keeps its keys when it cannot be deleted; one that does not exist is reported", async () => {
    const kept = await run("delete-user", "admin");
    expect(kept).toMatchObject({ code: 1, stderr: expect.stringContaining("owns buckets") as string });
    expect(kept.stderr).toContain("everything is as it was");
    expect((await run("list-buckets")).code).toBe(0);
    for (const command of ["delete-user", "list-keys", "list-user-policies", "rotate-key", "revoke"])
      expect(await run(command, "nobody")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("NoSuchEntity") as string,
      });
  });

  test("a policy that Ceph does not keep to is found by --verify, and nothing of it is left", async () => {
    const before = await rowsOf("list-users");
    // Ceph 16 passes over a Deny of NotAction.
    const policy = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: ["s3:ListBucket"], Resource: "arn:aws:s3:::$!BUCKET_NAME!$" },
        { Effect: "Allow", Action: ["s3:*Object"], Resource: "arn:aws:s3:::$!BUCKET_NAME!$/*" },
        { Effect: "Deny", NotAction: ["s3:ListBucket", "s3:GetObject"], Resource: "*" },
      ],
    };
    const failed = await run(
      "create",
      "ceph-users",
      "--username",
      "half",
      "--policy",
      JSON.stringify(policy),
      "--verify",
    );
    expect(failed).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("MISMATCH") as string });
    expect(failed.stderr).toContain("the credentials are not handed over; what this run had made was undone");
    expect(await rowsOf("list-users")).toEqual(before);
  });

  test("what Ceph cannot do is said before acting", async () => {
    expect((await run("create", "ceph-bucket", "-d", "15m", "--role", "self")).stderr).toContain(
      "AssumeRole needs a role",
    );
    expect((await run("revoke", "--role", "r")).stderr).toContain("Ceph cannot revoke sessions of a role");
    const question = ["--action", "s3:GetObject", "--resource", "arn:aws:s3:::ceph-bucket/a"];
    expect((await run("explain", "--user", "admin", ...question)).stderr).toContain(
      "the owner of a bucket may do everything",
    );
  });

  test("its roles are listed with their documents, and whoami names the user", async () => {
    const [role] = JSON.parse((await run("list-roles", "--details")).stdout) as [Record<string, unknown>];
    expect(role).toMatchObject({
      RoleName: "s3-credentials.AmazonS3FullAccess",
      AssumeRolePolicyDocument: { Statement: [{ Principal: { AWS: "arn:aws:iam:::user/admin" } }] },
      inline_policies: [{ PolicyName: "AmazonS3FullAccess", PolicyDocument: { Statement: [{ Action: ["s3:*"] }] } }],
      attached_policies: [],
    });
    expect(JSON.parse((await run("whoami")).stdout)).toEqual({
      UserId: "admin",
      Account: "",
      Arn: "arn:aws:iam:::user/admin",
    });
  });
}
