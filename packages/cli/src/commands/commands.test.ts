import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { optionsOf } from "../service/service-options.ts";
import { runCommand } from "../test/run-command.ts";
import { allCommands } from "./commands.ts";

const commands = await allCommands();

test("--version prints name and number", async () => {
  const { code, stdout } = await runCommand(["--version"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^s3-credentials, version \d+\.\d+\.\d+\n$/);
  expect(await runCommand(["-V"])).toEqual({ code, stdout, stderr: "" });
});

test("help lists every command; without a command there is help too", async () => {
  const { code, stdout } = await runCommand(["--help"]);
  expect(code).toBe(0);
  for (const { definition } of commands) expect(stdout).toMatch(new RegExp(`^  ${definition.name} `, "m"));
  expect(await runCommand([])).toEqual({ code: 0, stdout, stderr: "" });
});

test.each(commands.map(({ definition }) => definition))(
  "$name --help names its options and shows its example",
  async (definition) => {
    const { code, stdout } = await runCommand([definition.name, "--help"]);
    expect(code).toBe(0);
    for (const option of optionsOf(definition)) expect(stdout).toContain(`--${option.name}`);
    expect(stdout).toContain(definition.example);
  },
);

test.each(commands.map(({ definition }) => definition))("the example of $name is a line it accepts", (definition) => {
  const words = definition.example.split(" ");
  expect(words.slice(0, 2)).toEqual(["s3-credentials", definition.name]);
  const known = new Set(
    optionsOf(definition).flatMap(({ name, short }) =>
      short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`],
    ),
  );
  const own = words.includes("--") ? words.slice(0, words.indexOf("--")) : words;
  for (const option of own.filter((item) => /^-./.test(item))) expect(known).toContain(option);
});

test("option names and letters are unique in each command", () => {
  for (const { definition } of commands) {
    const names = optionsOf(definition).flatMap(({ name, short }) => (short === undefined ? [name] : [name, short]));
    expect(new Set(names).size).toBe(names.length);
  }
});

test("every command and every option is found from a slip", async () => {
  const names = commands.map(({ definition }) => definition.name);
  for (const { definition } of commands) {
    const slip = definition.name.slice(0, -1);
    if (!names.includes(slip))
      expect((await runCommand([slip])).stderr, slip).toMatch(new RegExp(`did you mean .*\\b${definition.name}\\b`));
    if (definition.passthrough === true) continue; // its own parser answers: the gateway tests that
    const options = optionsOf(definition).map(({ name }) => name);
    for (const name of options) {
      const cut = name.slice(0, -1);
      if (cut.length < 2 || options.includes(cut)) continue;
      const { code, stderr } = await runCommand([definition.name, `--${cut}`]);
      expect(code).toBe(2);
      expect(stderr, `${definition.name} --${cut}`).toMatch(new RegExp(`did you mean .*--${name}\\b`));
    }
  }
});

test.each([
  ["whomai", "whoami"],
  ["put-objcet", "put-object"],
  ["listbuckets", "list-buckets"],
])("%s is reported to be %s", async (typed, meant) => {
  expect((await runCommand([typed])).stderr).toBe(
    `Error: unknown command '${typed}'; did you mean ${meant}? (see --help)\n`,
  );
});

test.each([
  ["restore", /; a backup is a data folder: .* docs\/guide\/backup-and-restore\.md says how \(see --help\)\n$/],
  ["repair", /; did you mean fsck --repair\? \(see --help\)\n$/],
  ["constructor", /^Error: unknown command 'constructor' \(see --help\)\n$/],
])("%s is no command, and the answer says what to do", async (word, said) => {
  expect((await runCommand([word])).stderr).toMatch(said);
});

test("a misspelt option is reported too, in one line", async () => {
  const { code, stderr } = await runCommand(["create", "my-bucket", "--raed-only"]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "Error: unknown option '--raed-only'; did you mean --read-only? (see --help)\n",
  });
});

test.each([
  [["set-bucket-policy", "b", "--policy", "p.json"], "--policy", "--policy-file"],
  [["quota", "set", "b", "--bytes", "10GiB"], "--bytes", "--max-bytes"],
])("%j: the only option with that word", async (argv, typed, meant) => {
  const stderr = `Error: unknown option '${typed}'; did you mean ${meant}? (see --help)\n`;
  expect(await runCommand(argv)).toEqual({ code: 2, stdout: "", stderr });
});

test.each(["endpoint-url", "region"])("--%s before the command's name: where it belongs", async (flag) => {
  const { code, stderr } = await runCommand([`--${flag}`, "value", "whoami"]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `Error: --${flag} must come after the name of the command (see --help)\n`,
  });
});

test("a word that is like no command is reported without advice", async () => {
  expect((await runCommand(["nonsense"])).stderr).toBe("Error: unknown command 'nonsense' (see --help)\n");
});

test.each([
  ["nonsense"],
  ["list-bucket"],
  ["list-bucket", "b", "extra"],
  ["whoami", "--nonsense"],
  ["create", "b", "--duration"],
])("%j %j is wrong usage: one line, exit 2", async (...argv) => {
  const { code, stdout, stderr } = await runCommand(argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^Error: [^\n]*\n$/);
});

test.each([
  ["--auth", "f", "--access-key", "A"],
  ["--access-key", "A"],
  ["--secret-key", "B"],
  ["--session-token", "C"],
  ["--access-key", "A", "--secret-key", "B", "--profile", "p"],
  ["--endpoint-url", "not a url"],
  ["--endpoint-url", "ftp://host"],
])("service options that contradict each other or make no sense are refused: %j", async (...options) => {
  expect(await runCommand(["whoami", ...options])).toMatchObject({ code: 2, stdout: "" });
});

test("an --auth file that is not there, or of an unknown shape, is an error and no fallback", async () => {
  expect(await runCommand(["whoami", "--auth", "/no/such/file"])).toMatchObject({ code: 2, stdout: "" });
  expect(await runCommand(["whoami", "-a", "-"], { stdin: "{}" })).toMatchObject({ code: 1, stdout: "" });
});

test("the AWS SDK and the gateway are loaded only by the commands that need them", () => {
  const root = join(import.meta.dirname, "..");
  const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !/\.(test|prop)\.ts$|^tour\//.test(file),
  );
  const loading = sources.filter((file) =>
    /^import (?!type)[^;]*"(@aws-sdk\/|@s3-credentials\/gateway)/m.test(readFileSync(join(root, file), "utf8")),
  );
  expect(sources.length).toBeGreaterThan(20);
  expect(loading).toEqual([]);
});
