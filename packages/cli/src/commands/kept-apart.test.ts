import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { runCommand } from "../test/run-command.ts";
import { queryReply, type ScriptedService, scriptedService } from "../test/scripted-service.ts";

/** What this machine issued is listed for the account and endpoint that are asked, and for no other. */
describe("list-credentials", () => {
  let service: ScriptedService;
  let env: NodeJS.ProcessEnv;
  const endpoint = () => service.options.at(-1) ?? "";
  beforeEach(async () => {
    service = await scriptedService(({ name }) =>
      queryReply(name, name === "GetCallerIdentity" ? "<Account>111122223333</Account>" : ""),
    );
    const home = mkdtempSync(join(tmpdir(), "s3-credentials-ledger-"));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    env = { XDG_STATE_HOME: home };
    const entry = (session: string, more: object) =>
      JSON.stringify({
        issued: "2026-01-02T03:04:05.678Z",
        expires: "2026-01-02T04:04:05.000Z",
        accessKeyId: "ASIA",
        session,
        purpose: "read-only b",
        ...more,
      });
    const folder = join(home, "s3-credentials");
    mkdirSync(folder);
    const lines = [
      entry("here", { endpoint: `${endpoint()}/`, account: "111122223333" }),
      entry("elsewhere", { account: "111122223333" }),
      entry("other", { endpoint: endpoint(), roleArn: "arn:aws:iam::999999999999:role/r" }),
    ];
    writeFileSync(join(folder, "issued.jsonl"), lines.map((line) => `${line}\n`).join(""));
  });
  afterEach(() => service.stop());

  test("only this account and endpoint; dates in one form", async () => {
    const { stdout } = await runCommand(["list-credentials", "--csv", ...service.options], { env });
    expect(stdout.split("\r\n").slice(1)).toEqual([
      expect.stringMatching(
        /^temporary,here,.*,read-only b,,2026-01-02 03:04:05\+00:00,2026-01-02 04:04:05\+00:00,expired$/s,
      ),
      "",
    ]);
  });

  test("--all shows all, with account and endpoint", async () => {
    const { stdout } = await runCommand(["list-credentials", "--all", "--nl", ...service.options], { env });
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map(({ Name, Account }) => [Name, Account])).toEqual([
      ["here", "111122223333"],
      ["elsewhere", "111122223333"],
      ["other", "999999999999"],
    ]);
  });

  test("an endpoint of the environment is as good as an option", async () => {
    const { stdout } = await runCommand(["list-credentials", "--nl", ...service.options.slice(0, -2)], {
      env: { ...env, AWS_ENDPOINT_URL: endpoint() },
    });
    expect(stdout).toContain('"Name": "here"');
  });
});
