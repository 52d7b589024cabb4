import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cliHere } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import type { RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { keysOf, providerClient, rights } from "./provider-rights.ts";

/** A service with S3 and STS alone, as MinIO and 4EVERLAND are. */
describe("providers without IAM", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGatewayHere({ args: ["--apis", "s3,sts"] });
  });
  afterAll(() => gateway.stop());

  const run = (provider: string, ...args: string[]) =>
    cliHere(gateway, [...args, "--provider", provider, "--endpoint-url", gateway.endpoint], { keys: gateway.admin });

  test.each(["minio", "4everland"])(
    "%s: temporary keys without a role, permanent ones refused with the way out",
    async (provider) => {
      const bucket = `b-${provider}`;
      await makeBucket(gateway, bucket, ["in/a", "out/a"]);
      const made = await run(provider, "create", bucket, "-d", "15m", "--prefix", "in/");
      expect(made.code).toBe(0);
      expect(made.stderr).toContain("Assume a session of the caller itself for 900s");
      const s3 = providerClient(gateway.endpoint, keysOf(made.stdout));
      expect(await rights(s3, bucket, "in/a")).toEqual(["allowed", "allowed"]);
      expect(await rights(s3, bucket, "out/a")).toEqual(["AccessDenied", "AccessDenied"]);
      const permanent = await run(provider, "create", bucket);
      expect(permanent).toMatchObject({ code: 1, stdout: "" });
      expect(permanent.stderr).toMatch(
        /^Error: \S+ cannot create permanent credentials: it has no IAM API for users; .*--duration\n$/,
      );
      for (const option of [
        ["--role", "arn:aws:iam::000000000000:role/r"],
        ["--tag", "a=b"],
        ["--source-identity", "ab"],
      ])
        expect((await run(provider, "create", bucket, "-d", "15m", ...option)).stderr).toMatch(
          /^Error: \S+ cannot .*leave out --/,
        );
      expect((await run(provider, "list-users")).stderr).toContain("cannot show or change users");
    },
  );

  test("a provider needs its address; --local is one of its own", async () => {
    const nowhere = await cliHere(gateway, ["list-buckets", "--provider", "minio"], { keys: gateway.admin });
    expect(nowhere).toMatchObject({
      code: 2,
      stderr: "Error: --provider minio needs the address of the service: --endpoint-url\n",
    });
    const mixed = await cliHere(gateway, ["list-buckets", "--local", "--provider", "minio"]);
    expect(mixed.code).toBe(2);
    expect((await cliHere(gateway, ["list-buckets", "--provider", "local", "--nl"])).code).toBe(0);
    expect((await cliHere(gateway, ["list-buckets", "--provider", "dropbox"])).code).toBe(2);
  });
});
