import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { credentialFormatNames } from "../output/credential-formats.ts";
import { runCommand } from "../test/run-command.ts";
import { queryError, queryReply, scriptedService, type ScriptedService } from "../test/scripted-service.ts";

const folder = mkdtempSync(join(tmpdir(), "s3-credentials-"));
const shared = join(folder, ".aws", "credentials");
mkdirSync(join(folder, ".aws"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let service: ScriptedService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

const marker = join(folder, "code-ran");
const attack = `\ncredential_process = touch ${marker}\n#`;

interface Sent {
  readonly id?: string;
  readonly secret?: string;
  readonly token?: string;
  readonly user?: string;
  readonly expiration?: string;
  readonly refusesDelete?: true;
}

/** A service that does as asked and sends such credentials. */
async function hostileService(sent: Sent): Promise<ScriptedService> {
  const xml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("\n", "&#10;");
  const pair = `<AccessKeyId>${xml(sent.id ?? "AKIAGOOD")}</AccessKeyId><SecretAccessKey>${xml(sent.secret ?? "secret")}</SecretAccessKey>`;
  const user = `<UserName>${xml(sent.user ?? "u")}</UserName>`;
  return scriptedService(({ name }) => {
    if (name === "CreateAccessKey")
      return queryReply(name, `<AccessKey>${user}${pair}<Status>Active</Status></AccessKey>`);
    if (name === "AssumeRole")
      return queryReply(
        name,
        `<Credentials>${pair}<SessionToken>${xml(sent.token ?? "token")}</SessionToken><Expiration>${xml(sent.expiration ?? "2040-01-01T00:00:00Z")}</Expiration></Credentials>`,
      );
    if (name === "DeleteAccessKey" && sent.refusesDelete === true) return queryError("AccessDenied", "No.", 403);
    if (name === "GetUser") return queryError("NoSuchEntity", "None.", 404);
    return queryReply(name, "<Account>111122223333</Account><IsTruncated>false</IsTruncated>");
  });
}

async function attempt(argv: readonly string[], sent: Sent) {
  writeFileSync(shared, "[other]\nregion = r\n");
  service = await hostileService(sent);
  const [command = "", ...rest] = argv;
  const outcome = await runCommand([command, ...service.options, ...rest], {
    env: { HOME: folder, XDG_STATE_HOME: folder },
  });
  return { ...outcome, file: readFileSync(shared, "utf8"), changes: service.changes() };
}

const permanent = (format: string): readonly string[] => ["create", "b-1", "--format", format];
const fields: readonly Sent[] = [
  { id: `AKIA${attack}` },
  { secret: `s${attack}` },
  { user: `u]${attack}` },
  { id: "AKIA\u009B2J" },
  { secret: "" },
];

test.each(credentialFormatNames.flatMap((format) => fields.map((sent) => [format, sent] as const)))(
  "create --format %s with %j: nothing is printed, and the key is taken back",
  async (format, sent) => {
    const { code, stdout, stderr, file, changes } = await attempt(permanent(format), sent);
    expect([code, stdout, file]).toEqual([1, "", "[other]\nregion = r\n"]);
    expect(stderr).toContain("the credentials the service sent are not used: the ");
    expect(stderr).not.toContain("\u009B");
    expect(changes).toContain("DeleteAccessKey");
  },
);

test.each(fields.slice(0, 3))("create --write-profile with %j: the file stays as it was", async (sent) => {
  const { code, file } = await attempt(["create", "b-1", "--write-profile", "p"], sent);
  expect([code, file]).toEqual([1, "[other]\nregion = r\n"]);
});

test.each([
  { id: `A${attack}` },
  { secret: `s${attack}` },
  { token: `t${attack}` },
  { token: "" },
  { expiration: `2040${attack}` },
] as const)("temporary credentials with %j: refused by create, and exec runs nothing", async (sent) => {
  const made = await attempt(["create", "b-1", "-d", "15m", "--role", "self"], sent);
  expect([made.code, made.stdout]).toEqual([1, ""]);
  await service?.stop();
  const ran = await attempt(["exec", "--bucket", "b-1", "--role", "self", "--", "touch", marker], sent);
  expect(ran.code).toBe(1);
  expect(() => readFileSync(marker)).toThrow(/ENOENT/);
});

test("rotate-key: the new key is taken back, the old one stays on", async () => {
  const { code, stdout, changes } = await attempt(["rotate-key", "u"], { id: `AKIA${attack}` });
  expect([code, stdout, changes]).toEqual([1, "", ["CreateAccessKey", "DeleteAccessKey"]]);
});

test("a command that is suggested for what is left behind has the service's words quoted", async () => {
  const { stderr } = await attempt(permanent("json"), { id: "AKIA;touch x", refusesDelete: true });
  expect(stderr).toContain("s3-credentials delete-key s3.read-write.b-1 'AKIA;touch x'");
});

test.each([
  ["--auth", { AccessKeyId: `A${attack}`, SecretAccessKey: "s" }],
  ["--auth", { AccessKeyId: "A", SecretAccessKey: "s\n" }],
  ["--auth", { AccessKeyId: "A", SecretAccessKey: "s", SessionToken: "t t" }],
])("%s with %j: one line before any call, without the value", async (option, content) => {
  service = await hostileService({});
  const { code, stderr } = await runCommand(["whoami", option, "-", ...service.options.slice(-2)], {
    stdin: JSON.stringify(content),
  });
  expect([code, service.calls]).toEqual([2, []]);
  expect(stderr).toMatch(/^Error: the credentials of standard input cannot be used: the [^\n]*\n$/);
  expect(stderr).not.toContain("credential_process");
});

test("a key of the environment with a line break", async () => {
  const env = { HOME: folder, AWS_ACCESS_KEY_ID: "AKIA\n", AWS_SECRET_ACCESS_KEY: "s" };
  const { code, stderr } = await runCommand(["whoami"], { env });
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining("the credentials of the environment or its profile cannot be used"),
  ]);
});
