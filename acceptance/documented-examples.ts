import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keepRecordsUnder } from "../packages/gateway/test/kept-records.ts";
import { startCommandService } from "./command-service.ts";
import { cleanEnvironment, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

interface Example {
  readonly command: string;
  /** Lines printed; `…` matches anything within a line, and any lines when it is alone. */
  readonly printed: readonly string[];
}

interface Page {
  readonly path: string;
  readonly examples: readonly Example[];
  /** Its examples start every gateway that they use. */
  readonly isAlone: boolean;
}

/** The `console` blocks of a page, in order: `$ command`, then what it prints. */
function examplesOf(page: string): readonly Example[] {
  const blocks = [...readFileSync(page, "utf8").matchAll(/^```console\n(.*?)^```$/gms)].map(([, text]) => text ?? "");
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((example) => {
        const [first = "", ...rest] = example
          .replace(/\\\n\s*/g, "")
          .trimEnd()
          .split("\n");
        return { command: first, printed: rest };
      }),
  );
}

function pattern(lines: readonly string[]): RegExp {
  const text = lines.map((line) =>
    line === "…"
      ? "[^]*?"
      : line
          .split("…")
          .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
          .join(".*"),
  );
  return new RegExp(`^${text.join("\n")}$`);
}

export function inShell(line: string, options: { cwd: string; env: NodeJS.ProcessEnv }) {
  return new Promise<{ stdout: string; stderr: string }>((done) => {
    execFile("/bin/bash", ["-c", line], options, (_error, stdout, stderr) => done({ stdout, stderr })).stdin?.end();
  });
}

const guides = readdirSync("docs/guide", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
const pages: readonly Page[] = ["README.md", ...guides.map((name) => `docs/guide/${name}`)].map((path) => {
  const examples = examplesOf(path);
  const isAlone = examples.every(({ command: line }) => !line.includes("--local") || line.includes("--endpoint-url"));
  return { path, examples, isAlone };
});

/** `tail --pid` looks only once a second, and takes for alive what has ended until the init process has heard of it, which may be later. */
const quickTail = `#!/bin/sh
case "$1" in --pid=*)
  while grep -qs '^State:.[^ZX]' "/proc/\${1#--pid=}/status"; do sleep 0.1; done
  exit
esac
exec /usr/bin/tail "$@"
`;

/**
 * Each page in a home of its own, its examples in order, as a reader would type them. With a gateway where `--local` means none of the
 * page's own. Every page is in one of two files of tests, so that two processes share them: those that start their gateways, and the others.
 */
export function runExamples({ startGateways }: { readonly startGateways: boolean }): void {
  describe.each(pages.filter(({ isAlone }) => isAlone === startGateways))("$path", runExamplesOf);
}

function runExamplesOf({ examples, isAlone }: Page): void {
  let gateway: RunningGateway | undefined;
  let home: string;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let service: { stop(): void } | undefined;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "s3-credentials-readme-"));
    if (!isAlone) gateway = await startGatewayHere({ home, args: ["--console-port", "0", "--website-port", "0"] });
    folder = join(home, "here");
    const bin = join(home, "bin");
    for (const made of [folder, bin]) mkdirSync(made);
    service = await startCommandService(bin);
    writeFileSync(join(bin, "tail"), quickTail, { mode: 0o755 });
    env = { ...cleanEnvironment(home), PATH: `${bin}:${process.env["PATH"] ?? ""}` };
  });
  afterAll(async () => {
    service?.stop();
    await gateway?.stop();
    keepRecordsUnder(folder);
    rmSync(home, { recursive: true, force: true });
  });

  test("has examples, and each gateway a log of its own", () => {
    expect(examples.length).toBeGreaterThan(0);
    // Whoever waits for a line in the log must not find it in what an earlier gateway wrote.
    const logs = examples.flatMap(({ command }) =>
      [...command.matchAll(/ serve .*?> (\S+) 2>&1 &/g)].map(([, log]) => log),
    );
    expect(logs).toEqual([...new Set(logs)]);
  });
  test.each(examples.map((example, index) => [index + 1, example.command, example] as const))(
    "%i: %s",
    async (_index, _command, example) => {
      const { stdout, stderr } = await inShell(example.command, { cwd: folder, env });
      const printed = `${stderr}${stdout}`.replaceAll("\r\n", "\n").trimEnd();
      expect(printed).toMatch(pattern(example.printed));
    },
  );
}
