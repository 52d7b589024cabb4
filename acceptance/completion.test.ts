import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command } from "./gateway.ts";

const execute = promisify(execFile);

/** The completion scripts in the shells they are for. */
describe("completion", () => {
  let home = "";
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "s3-credentials-completion-"));
    for (const shell of ["bash", "zsh", "fish"]) {
      const { stdout } = await execute(process.execPath, [command, "completion", shell]);
      writeFileSync(join(home, shell), stdout);
    }
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  async function bash(...words: string[]): Promise<readonly string[]> {
    const script = `source ${join(home, "bash")}; COMP_WORDS=(${words.map((item) => `'${item}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _s3_credentials; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await execute("/bin/bash", ["-c", script]);
    return stdout.trim().split("\n");
  }

  test("bash: commands, options of the command, values of the option", async () => {
    expect(await bash("s3-credentials", "who")).toEqual(["whoami"]);
    expect(await bash("s3-credentials", "--local", "list-u")).toEqual(["list-users", "list-user-policies"]);
    expect(await bash("s3-credentials", "create", "b", "--read")).toEqual(["--read-only"]);
    expect(await bash("s3-credentials", "create", "--format", "i")).toEqual(["ini"]);
    expect(await bash("s3-credentials", "whoami", "--prof")).toEqual(["--profile"]);
    expect(await bash("s3-credentials", "explain", "--action", "s")).toContain("s3:GetObject");
    expect(await bash("s3-credentials", "exec", "--bu")).toEqual(["--bucket"]);
    expect(await bash("s3-credentials", "exec", "-b", "x", "--", "ls", "--bu")).toEqual([""]);
  });

  test("bash: an action, whose colon takes the word apart", async () => {
    const explain = ["s3-credentials", "explain", "--action"];
    expect(await bash(...explain, "s3", ":", "GetObjectLeg")).toEqual(["GetObjectLegalHold"]);
    expect(await bash(...explain, "sts", ":")).toContain("AssumeRole");
    expect(await bash(...explain, "sts", ":", "")).toContain("AssumeRole");
    expect(await bash(...explain, "iam:PassR")).toEqual(["iam:PassRole"]);
  });

  async function fish(line: string): Promise<readonly string[]> {
    const { stdout } = await execute(
      "/usr/bin/fish",
      ["--no-config", "-c", `source ${join(home, "fish")}; complete -C '${line}'`],
      {
        env: { ...process.env, HOME: home },
      },
    );
    return stdout
      .trim()
      .split("\n")
      .map((row) => row.split("\t")[0] ?? "");
  }

  test("fish", async () => {
    expect(await fish("s3-credentials who")).toContain("whoami");
    expect(await fish("s3-credentials create --read")).toContain("--read-only");
    expect(await fish("s3-credentials create --format i")).toContain("ini");
    expect(await fish("s3-credentials explain --action s3:GetObjectLeg")).toEqual(["s3:GetObjectLegalHold"]);
  });

  test("zsh takes the script, and knows every command", async () => {
    await execute("/usr/bin/zsh", ["-n", join(home, "zsh")]);
    const script = `autoload -Uz compinit && compinit -u -d ${join(home, "dump")}; source ${join(home, "zsh")}; print -r -- $_comps[s3-credentials]`;
    const { stdout } = await execute("/usr/bin/zsh", ["-f", "-c", script], { env: { ...process.env, HOME: home } });
    expect(stdout.trim()).toBe("_s3_credentials");
  });

  test("another shell is refused", async () => {
    await expect(execute(process.execPath, [command, "completion", "tcsh"])).rejects.toMatchObject({ code: 2 });
  });
});
