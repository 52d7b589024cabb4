import { PassThrough, Readable } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { run } from "../run.ts";
import { queryError, queryReply, s3Error, type ScriptedService, scriptedService } from "../test/scripted-service.ts";

let service: ScriptedService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

/** Clears the screen, goes back in the line, turns the writing round, makes a line of its own. All of it is legal XML. */
const hostile = "a\u009B2J\r\u202Egpj\u009B1A\nDeleted 9 objects\tb";
const xml = (text: string): string =>
  text.replace(/[^ -~]|[<&]/g, (character) => `&#${character.codePointAt(0) ?? 0};`);

async function onEach(argv: readonly string[], terminal: boolean) {
  const end = () => Object.assign(new PassThrough(), { isTTY: terminal, columns: 200 });
  const [stdout, stderr] = [end(), end()];
  const [command = "", ...rest] = argv;
  const code = await run([command, ...(service?.options ?? []), ...rest], {
    stdin: Readable.from([]),
    stdout,
    stderr,
    env: {},
  });
  return { code, stdout: String(stdout.read() ?? ""), stderr: String(stderr.read() ?? "") };
}

async function listing(): Promise<ScriptedService> {
  const object = `<Contents><Key>${xml(hostile)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>`;
  const users = `<Users><member><UserName>${xml(hostile)}</UserName><Path>/</Path></member></Users><IsTruncated>false</IsTruncated>`;
  return scriptedService(({ name }) => {
    if (name.startsWith("GET"))
      return { body: `<ListBucketResult><IsTruncated>false</IsTruncated>${object}</ListBucketResult>` };
    if (name === "ListUsers") return queryReply(name, users);
    if (name === "ListUserPolicies") return queryReply(name, "<PolicyNames/><IsTruncated>false</IsTruncated>");
    if (name.startsWith("POST"))
      return {
        body: `<DeleteResult><Error><Key>${xml(hostile)}</Key><Code>AccessDenied</Code><Message>${xml(hostile)}</Message></Error></DeleteResult>`,
      };
    return queryError("AccessDenied", xml(hostile), 403);
  });
}

/** Nothing but printable characters, tabs and the line breaks of the output's own lines. */
function expectQuiet(text: string, lines: number): void {
  expect(text.replace(/\r?\n/g, "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(text.match(/\n/g)).toHaveLength(lines);
}

test.each([
  [["list-bucket", "b-1", "--csv"], 2],
  [["list-bucket", "b-1", "--nl"], 1],
  [["delete-objects", "b-1", "--prefix", "a", "--dry-run"], 2],
  [["list-users", "--csv"], 2],
  [["list-user-policies"], 1],
] as const)("%j: escaped on a terminal, byte for byte in a pipe", async (argv, lines) => {
  service = await listing();
  const shown = await onEach(argv, true);
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/\\u\{?(00)?9b/);
  expectQuiet(shown.stdout, lines);
  const piped = await onEach(argv, false);
  if (!argv.includes("--nl" as never)) expect(piped.stdout).toContain(hostile);
});

test("list-bucket --tsv: a tab in a key does not start a column", async () => {
  service = await listing();
  const { stdout } = await onEach(["list-bucket", "b-1", "--tsv"], true);
  expect(stdout.split("\r\n").map((line) => line.split("\t").length)).toEqual([6, 6, 1]);
  expect((await onEach(["list-bucket", "b-1", "--tsv"], false)).stdout).toContain(`"${hostile}"`);
});

test.each([["delete-objects", "b-1", "--prefix", "a"], ["whoami"], ["list-keys", "u"]])(
  "errors of %s: one quiet line each",
  async (...argv) => {
    service = await listing();
    const { code, stdout, stderr } = await onEach(argv, true);
    expect([code, stdout]).toEqual([1, argv[0] === "list-keys" ? stdout : ""]);
    expectQuiet(stderr, argv[0] === "delete-objects" ? 2 : 1);
  },
);

test("a local file's name, as put-objects --dry-run shows it", async () => {
  service = await scriptedService(() => s3Error("NoSuchKey", "None.", 404));
  const { stderr } = await onEach(["put-objects", "b-1", hostile, "--dry-run"], true);
  expectQuiet(stderr, 1);
});

test("a word that is not an option is escaped too", async () => {
  const { code, stderr } = await onEach(["list-bucket", "b-1", `--${hostile}`], true);
  expect(code).toBe(2);
  expectQuiet(stderr, 1);
});
