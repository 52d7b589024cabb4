import { ListAccessKeysCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import {
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { aws, cli, cliHere, iam, run } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { command, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

/** Credentials reach somebody, or there are none: standard output and the shared credentials file. */
describe("handing credentials over", () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGatewayHere();
    await makeBucket(gateway, "data", ["a.txt"]);
  });
  afterAll(() => gateway.stop());
  const local = (...args: string[]) => cliHere(gateway, ["--local", ...args]);
  /** In a shell, where `S3` is the command. */
  const shell = (line: string) =>
    run(gateway, "/bin/bash", ["-c", line.replace("S3", `${process.execPath} ${command} --local`)], {
      cwd: gateway.home,
    });

  async function users(): Promise<readonly string[]> {
    const { Users } = await iam(gateway, gateway.admin).send(new ListUsersCommand({}));
    return (Users ?? []).map(({ UserName = "" }) => UserName).toSorted((a, b) => (a < b ? -1 : 1));
  }
  async function keysOf(UserName: string): Promise<readonly (string | undefined)[]> {
    const { AccessKeyMetadata } = await iam(gateway, gateway.admin).send(new ListAccessKeysCommand({ UserName }));
    return (AccessKeyMetadata ?? []).map(({ AccessKeyId, Status }) => `${AccessKeyId} ${Status}`);
  }

  describe("standard output", () => {
    test.each([
      ["closed", "S3 create data --username nobody >&-", "Error: standard output is closed", 1],
      ["a full disk", "S3 create data --username nobody > /dev/full", "could not be written", 1],
      [
        "a disk that is full after a part of the text",
        "head -c 1000 /dev/zero > part; ulimit -f 1; S3 create data --username nobody >> part",
        "could not be written",
        1,
      ],
      ["no reader", "set -o pipefail; S3 create data --username nobody | true", "nobody has the credentials", 1],
    ])("%s: no key is left that nobody has", async (_what, line, said, code) => {
      const before = await users();
      const ended = await shell(line);
      expect(ended.stderr).toContain(said);
      expect(ended.code).toBe(code);
      expect(await users()).toEqual(before);
    });

    test("what is thrown away on purpose is warned of", async () => {
      const { code, stderr } = await shell("S3 create data -d 15m --silent > /dev/null");
      expect(code).toBe(0);
      expect(stderr).toBe(
        "Warning: standard output is /dev/null, so nobody will have the secret of these credentials\n",
      );
    });

    test("rotate-key leaves the old key on", async () => {
      await local("create", "data", "--username", "rotated");
      const before = await keysOf("rotated");
      for (const end of [">&-", "> /dev/full"]) {
        expect((await shell(`S3 rotate-key rotated ${end}`)).code).toBe(1);
        expect(await keysOf("rotated")).toEqual(before);
      }
    });
  });

  describe("--write-profile", () => {
    const folder = () => join(gateway.home, ".aws");
    const file = () => join(folder(), "credentials");
    beforeEach(() => {
      mkdirSync(folder(), { recursive: true });
      writeFileSync(file(), "");
      writeFileSync(join(folder(), "config"), "");
    });

    test("settings of others stay, and the AWS CLI uses the profile as it is", async () => {
      writeFileSync(file(), "[default]\n# mine\noutput = text\n[scoped]\nregion=eu-west-1\n", { mode: 0o644 });
      const made = await local("create", "data", "--username", "scoped", "--write-profile", "scoped");
      expect(made.stderr).toContain(`Wrote profile scoped to ${file()}`);
      expect(readFileSync(file(), "utf8")).toMatch(
        /^\[default\]\n# mine\noutput = text\n\[scoped\]\n# written by s3-credentials: key AKIA\w+ of user scoped\naws_access_key_id=AKIA\w+\naws_secret_access_key=\S+\nendpoint_url=http:\S+\nregion=eu-west-1\n$/,
      );
      expect(statSync(file()).mode & 0o777).toBe(0o600);
      const who = await aws(gateway, ["sts", "get-caller-identity", "--profile", "scoped"]);
      expect(JSON.parse(who.stdout)).toMatchObject({ Arn: expect.stringContaining(":user/scoped") });
    });

    test("keys of another are refused before any are made, and replaced with --force", async () => {
      const before = "[default]\naws_access_key_id = AKIAMINE\naws_secret_access_key = mine\nregion = x\n";
      writeFileSync(file(), before);
      const there = await users();
      const refused = await local("create", "data", "--username", "late", "--write-profile", "default");
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toContain(
        "Error: profile default has the access key AKIAMINE, which is not one this tool wrote for user late; choose another name, or add --force to replace it\n",
      );
      expect(await users()).toEqual(there);
      expect(readFileSync(file(), "utf8")).toBe(before);
      expect((await local("create", "data", "--username", "late", "--write-profile", "default", "--force")).code).toBe(
        0,
      );
      expect(readFileSync(file(), "utf8")).toMatch(/aws_access_key_id=AKIA\w+\n[^]*region = x\n$/);
      expect(readFileSync(file(), "utf8")).not.toContain("mine");
      // Newer keys of the same user may follow.
      expect((await local("rotate-key", "late", "--write-profile", "default")).code).toBe(0);
      expect((await local("create", "data", "--force")).code).toBe(2);
    });

    test("a profile of the configuration file that gets its credentials elsewhere is refused", async () => {
      writeFileSync(join(folder(), "config"), "[profile elsewhere]\nsso_session = s\n");
      const { code, stderr } = await local("create", "data", "-d", "15m", "--write-profile", "elsewhere");
      expect(code).toBe(1);
      expect(stderr).toContain(
        `profile elsewhere in ${join(folder(), "config")} gets its credentials from sso_session`,
      );
      const forced = await local("create", "data", "-d", "15m", "--write-profile", "elsewhere", "--force");
      expect(forced.code).toBe(0);
      expect(forced.stderr).toContain(
        `Warning: profile elsewhere in ${join(folder(), "config")} still has sso_session, which AWS tools prefer to these keys`,
      );
    });

    test("three at once lose none, and a lock of a process that is gone does not hold them", async () => {
      writeFileSync(`${file()}.s3-credentials.lock`, JSON.stringify({ host: "", pid: 0 }));
      const old = new Date(Date.now() - 3_600_000);
      utimesSync(`${file()}.s3-credentials.lock`, old, old);
      const names = ["p1", "p2", "p3"];
      const ended = await Promise.all(
        names.map((name) =>
          cli(gateway, ["--local", "create", "data", "-d", "15m", "--silent", "--write-profile", name]),
        ),
      );
      expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
      const sections = [...readFileSync(file(), "utf8").matchAll(/^\[(.*)\]$/gm)].map(([, name]) => name);
      expect(sections.toSorted((a = "", b = "") => (a < b ? -1 : 1))).toEqual(names);
    });

    test("a link stays a link, also to a file that is not there yet", async () => {
      rmSync(file());
      symlinkSync("elsewhere/keys", file());
      expect((await local("create", "data", "-d", "15m", "--write-profile", "linked")).code).toBe(0);
      expect(readlinkSync(file())).toBe("elsewhere/keys");
      expect(readFileSync(join(folder(), "elsewhere", "keys"), "utf8")).toContain("[linked]");
      rmSync(file());
    });

    test("a file that cannot be written takes the keys back", async () => {
      const there = await users();
      mkdirSync(`${file()}.s3-credentials.lock`);
      const { code, stderr } = await local("create", "data", "--username", "unwritten", "--write-profile", "x");
      rmSync(`${file()}.s3-credentials.lock`, { recursive: true });
      expect(code).toBe(1);
      expect(stderr).toContain(`cannot write profile x to ${file()} (EISDIR)`);
      expect(stderr).toContain("what this run had made was undone");
      expect(await users()).toEqual(there);
    });
  });
});
