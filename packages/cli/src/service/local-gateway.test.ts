import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { queryReply, scriptedService } from "../test/scripted-service.ts";
import { runCommand } from "../test/run-command.ts";

function stateHome(state: object | string | undefined, credentials?: string): NodeJS.ProcessEnv {
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-"));
  const folder = join(home, "s3-credentials");
  mkdirSync(folder);
  const file = join(home, "admin");
  if (credentials !== undefined) writeFileSync(file, credentials);
  const text =
    typeof state === "object" ? JSON.stringify({ adminCredentialsFile: file, region: "us-east-1", ...state }) : state;
  if (text !== undefined) writeFileSync(join(folder, "gateway.json"), text);
  return { XDG_STATE_HOME: home };
}

const admin = "[default]\naws_access_key_id=AKIAADMIN\naws_secret_access_key=admin-secret\n";

test.each([
  ["--local", "whoami"],
  ["whoami", "--local"],
])("%s %s asks the running gateway as its admin", async (...argv) => {
  const service = await scriptedService(({ headers }) =>
    queryReply(
      "GetCallerIdentity",
      `<UserId>u</UserId><Account>1</Account><Arn>${/Credential=(\w+)/.exec(headers.authorization ?? "")?.[1]}</Arn>`,
    ),
  );
  const env = stateHome({ endpoint: service.options.at(-1), pid: process.pid }, admin);
  const { stdout, stderr } = await runCommand(argv, { env });
  const other = await runCommand([...argv, "--access-key", "AKIAOTHER", "--secret-key", "s"], { env });
  await service.stop();
  expect(stderr).toBe("");
  expect(stdout).toContain("AKIAADMIN");
  expect(other.stdout).toContain("AKIAOTHER");
});

test.each([
  ["no file", undefined],
  ["a dead one", { endpoint: "http://127.0.0.1:1", pid: 2 ** 22 + 1 }],
  ["no pid", { endpoint: "http://127.0.0.1:1" }],
  ["a damaged file", "{"],
  ["a file of another kind", "[]"],
])("%s: one line says how to start it", async (_, state) => {
  const outcome = await runCommand(["whoami", "--local"], { env: stateHome(state, admin) });
  expect(outcome).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr).toMatch(/^Error: [^\n]*s3-credentials serve\n$/);
});

test("--local and another endpoint exclude each other", async () => {
  expect(
    (await runCommand(["whoami", "--local", "--endpoint-url", "http://localhost:1"], { env: stateHome(undefined) }))
      .code,
  ).toBe(2);
});
