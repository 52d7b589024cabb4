import fc from "fast-check";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { jsonObject } from "../formats/json.ts";
import { checkReceivedCredentials } from "../service/received-keys.ts";
import { amazon, credentialFormats } from "./credential-formats.ts";
import { dotenvQuoted, powershellQuoted, shellWord } from "./quoting.ts";

const folder = mkdtempSync(join(tmpdir(), "s3-credentials-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Mostly characters that mean something to one of the readers. */
const character = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(..."'\"\\$`{}()#;!%&|~*?[]<>=^,:@+/-_.nrA1") },
  {
    weight: 1,
    arbitrary: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }).filter((c) => /[!-~]/.test(c)),
  },
);
const secret = fc.array(character, { minLength: 1, maxLength: 24 }).map((parts) => parts.join(""));
const values = fc.sample(fc.tuple(secret, secret), Number(process.env["TEST_RUNS"] ?? 200));

const names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
const credentialsOf = ([SecretAccessKey, SessionToken]: readonly [string, string]) =>
  jsonObject({ AccessKeyId: "AKIAEXAMPLE", SecretAccessKey, SessionToken });
const expected = values.map(([key, token]) => ["AKIAEXAMPLE", key, token]);

function written(extension: string, text: (index: number) => string): readonly string[] {
  return values.map((_, index) => {
    const file = join(folder, `${index}.${extension}`);
    writeFileSync(file, text(index));
    return file;
  });
}

/** One process reads all the files; what it found ends with NUL each. */
function readBy(program: string, args: readonly string[], files: readonly string[]): readonly (readonly string[])[] {
  const env = { PATH: process.env["PATH"], HOME: folder };
  const found = execFileSync(program, [...args, ...files], { encoding: "utf8", env, maxBuffer: 1 << 26 }).split("\0");
  return files.map((_, index) => found.slice(index * 3, index * 3 + 3));
}

const print = names.map((name) => `"$${name}"`).join(" ");
const posix = ["-c", `for f do . "$f"; printf '%s\\0' ${print}; done`, "read"];

describe("what is printed is what its reader gets", () => {
  test.each([
    ["sh", "/bin/sh", posix],
    ["bash", "/bin/bash", posix],
    ["zsh", "/usr/bin/zsh", ["-f", ...posix]],
    ["fish", "/usr/bin/fish", ["--no-config", "-c", `for f in $argv; source $f; printf '%s\\0' ${print}; end`]],
  ])("env, by %s", (_name, program, args) => {
    const files = written(
      "env",
      (index) => `${credentialFormats.env(credentialsOf(values[index] ?? ["", ""]), amazon)}\n`,
    );
    expect(readBy(program, args, files)).toEqual(expected);
  });

  test("ini, by botocore", () => {
    const files = written("ini", (index) => `${credentialFormats.ini(credentialsOf(values[index] ?? ["", ""]))}\n`);
    const source = `
import sys, botocore.configloader
for name in sys.argv[1:]:
    found = botocore.configloader.raw_config_parse(name)["default"]
    for key in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token"):
        sys.stdout.write(found[key] + "\\0")
`;
    expect(readBy("/usr/bin/python3", ["-c", source], files)).toEqual(expected);
  });

  test("dotenv, by Node and by sh; what they would read differently is refused", () => {
    const lines = values.map(([key, token]) => {
      try {
        return `${names[0]}="AKIAEXAMPLE"\n${names[1]}=${dotenvQuoted("k", key)}\n${names[2]}=${dotenvQuoted("t", token)}\n`;
      } catch {
        return undefined;
      }
    });
    const kept = lines.flatMap((line, index) => (line === undefined ? [] : [{ line, want: expected[index] }]));
    expect(kept.length).toBeGreaterThan(0);
    for (const { line, want } of kept) {
      const found = parseEnv(line);
      expect(names.map((name) => found[name])).toEqual(want);
    }
    const files = kept.map(({ line }, index) => {
      const file = join(folder, `${index}.dotenv`);
      writeFileSync(file, line);
      return file;
    });
    expect(readBy("/bin/sh", posix, files)).toEqual(kept.map(({ want }) => want));
  });

  test("a word of a suggested command, read by sh", () => {
    const words = values.map(([word]) => shellWord(word)).join(" ");
    const file = join(folder, "words");
    writeFileSync(file, `printf '%s\\0' ${words}`);
    const found = execFileSync("/bin/sh", [file], { encoding: "utf8" }).split("\0").slice(0, -1);
    expect(found).toEqual(values.map(([word]) => word));
  });
});

test("PowerShell's quotes, straight and curly, are doubled", () => {
  expect(powershellQuoted("a'b\u2018c\u2019d\u201Ae\u201Bf$`\"")).toBe(
    "'a''b\u2018\u2018c\u2019\u2019d\u201A\u201Ae\u201B\u201Bf$`\"'",
  );
});

test("no credentials with a character outside their alphabet are received", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("AccessKeyId", "SecretAccessKey", "SessionToken", "UserName"),
      fc.string({ unit: "binary" }).filter((text) => /[^!-~]/.test(text)),
      (field, text) => {
        const good = { AccessKeyId: "AKIAEXAMPLE", SecretAccessKey: "s", SessionToken: "t", UserName: "u" };
        expect(() => checkReceivedCredentials(jsonObject({ ...good, [field]: text }))).toThrow(/not used/);
        expect(() => checkReceivedCredentials(jsonObject(good))).not.toThrow();
      },
    ),
  );
});
