import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { queryReply, scriptedService } from "../test/scripted-service.ts";
import { runCommand } from "../test/run-command.ts";

/** A state folder with one file per gateway: `PID.json`, or one text alone. */
function stateHome(states: readonly object[] | string | undefined, credentials?: string): NodeJS.ProcessEnv {
  const home = mkdtempSync(join(tmpdir(), "s3-credentials-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const folder = join(home, "s3-credentials", "gateways");
  mkdirSync(folder, { recursive: true });
  const file = join(home, "admin");
  if (credentials !== undefined) writeFileSync(file, credentials);
  if (typeof states === "string") writeFileSync(join(folder, "1.json"), states);
  else {
    for (const [index, state] of (states ?? []).entries()) {
      const text = JSON.stringify({ adminCredentialsFile: file, region: "us-east-1", dataDir: "/d", ...state });
      writeFileSync(join(folder, `${index + 1}.json`), text);
    }
  }
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
  const env = stateHome([{ endpoint: service.options.at(-1), pid: process.pid }], admin);
  const { stdout, stderr } = await runCommand(argv, { env });
  const other = await runCommand([...argv, "--access-key", "AKIAOTHER", "--secret-key", "s"], { env });
  await service.stop();
  expect(stderr).toBe("");
  expect(stdout).toContain("AKIAADMIN");
  expect(other.stdout).toContain("AKIAOTHER");
});

test("the admin's keys are with another gateway on the same database: what to do", async () => {
  const env = stateHome([{ endpoint: "http://127.0.0.1:1", pid: process.pid }]);
  const { code, stderr } = await runCommand(["--local", "whoami"], { env });
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/\/admin; copy that file there from the gateway that has it, or/),
  ]);
});

test("--provider local uses the keys that the caller names, in options or the environment; --local does not", async () => {
  const service = await scriptedService(({ headers }) =>
    queryReply(
      "GetCallerIdentity",
      `<UserId>u</UserId><Account>1</Account><Arn>${/Credential=(\w+)/.exec(headers.authorization ?? "")?.[1]}</Arn>`,
    ),
  );
  onTestFinished(() => service.stop());
  const home = stateHome([{ endpoint: service.options.at(-1), pid: process.pid }], admin);
  const shared = join(home["XDG_STATE_HOME"] ?? "", "shared");
  const section = (name: string, id: string): string =>
    `[${name}]\naws_access_key_id=${id}\naws_secret_access_key=secret\n`;
  writeFileSync(shared, section("default", "AKIADEFAULT") + section("named", "AKIANAMED"));
  const files = { ...home, AWS_SHARED_CREDENTIALS_FILE: shared };
  const keys = { AWS_ACCESS_KEY_ID: "AKIAENVIRONMENT", AWS_SECRET_ACCESS_KEY: "secret" };
  const who = async (env: NodeJS.ProcessEnv, ...words: readonly string[]): Promise<string | undefined> =>
    /AKIA\w+/.exec((await runCommand(["whoami", ...words], { env })).stdout)?.[0];
  const as = ["--provider", "local"];
  expect(await who({ ...files, ...keys }, ...as)).toBe("AKIAENVIRONMENT");
  expect(await who({ ...files, AWS_PROFILE: "named" }, ...as)).toBe("AKIANAMED");
  expect(await who(files, ...as, "--profile", "named")).toBe("AKIANAMED");
  expect(await who({ ...files, ...keys }, ...as, "--access-key", "AKIAOPTION", "--secret-key", "s")).toBe("AKIAOPTION");
  // A profile that nobody names is for AWS.
  expect(await who(files, ...as)).toBe("AKIAADMIN");
  expect(await who({ ...files, ...keys }, "--local")).toBe("AKIAADMIN");
});

test.each([
  ["no file", undefined],
  ["a dead one", [{ endpoint: "http://127.0.0.1:1", pid: 2 ** 22 + 1 }]],
  ["no pid", [{ endpoint: "http://127.0.0.1:1" }]],
  ["a damaged file", "{"],
  ["a file of another kind", "[]"],
])("%s: one line says how to start it", async (_, state) => {
  const outcome = await runCommand(["whoami", "--local"], { env: stateHome(state, admin) });
  expect(outcome).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr).toMatch(/^Error: [^\n]*s3-credentials serve\n$/);
});

describe("several gateways", () => {
  async function started() {
    const services = await Promise.all(
      ["A", "B"].map((name) =>
        scriptedService(() =>
          queryReply("GetCallerIdentity", `<UserId>u</UserId><Account>1</Account><Arn>${name}</Arn>`),
        ),
      ),
    );
    const endpoints = services.map((service) => service.options.at(-1) ?? "");
    const stop = () => Promise.all(services.map((service) => service.stop()));
    return { endpoints, stop };
  }

  test("are listed, and --endpoint-url chooses among them, and only among them", async () => {
    const { endpoints, stop } = await started();
    const env = stateHome(
      endpoints.map((endpoint, index) => ({ endpoint, pid: process.pid, dataDir: `/data-${index}` })),
      admin,
    );
    const unsaid = await runCommand(["whoami", "--local"], { env });
    const chosen = await Promise.all(
      endpoints.map((endpoint) => runCommand(["whoami", "--local", "--endpoint-url", `${endpoint}/`], { env })),
    );
    const elsewhere = await runCommand(["whoami", "--local", "--endpoint-url", "http://127.0.0.1:1"], { env });
    await stop();
    expect(unsaid).toMatchObject({ code: 1, stdout: "" });
    expect(unsaid.stderr).toMatch(
      /^Error: 2 local gateways are running: [^\n]+; choose one with --endpoint-url URL\n$/,
    );
    for (const [index, endpoint] of endpoints.entries()) {
      expect(unsaid.stderr).toContain(`${endpoint} (data in /data-${index})`);
      expect(chosen[index]?.stdout).toContain(`"Arn": "${"AB"[index]}"`);
    }
    expect(elsewhere).toMatchObject({ code: 1, stdout: "" });
    expect(elsewhere.stderr).toMatch(/^Error: no local gateway is running at http:\/\/127.0.0.1:1, but at [^\n]+\n$/);
  });

  test("of which one was killed, and its number given to another process: the one alive is taken", async () => {
    const { endpoints, stop } = await started();
    const env = stateHome(
      [
        { endpoint: endpoints[1], pid: process.pid },
        { endpoint: "http://127.0.0.1:1", pid: process.ppid },
        { endpoint: endpoints[0], pid: 2 ** 22 + 1 },
      ],
      admin,
    );
    const { stdout } = await runCommand(["whoami", "--local"], { env });
    await stop();
    expect(stdout).toContain('"Arn": "B"');
  });
});

test.each(["--iam-endpoint-url", "--sts-endpoint-url"])("--local and %s exclude each other", async (option) => {
  const outcome = await runCommand(["whoami", "--local", option, "http://localhost:1"], { env: stateHome(undefined) });
  expect(outcome.code).toBe(2);
});
