import { afterAll, beforeAll, expect, test } from "vitest";
import { cli, type Ended, run } from "./clients.ts";
import { makeBucket } from "./fixtures.ts";
import { command, type RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGatewayHere();
});
afterAll(() => gateway.stop());

/** Clears the screen, sets the title, turns the writing round, and looks like two lines. */
const hostile = "a\u001B[2J\u001B]0;title\u0007\u202Egpj.exe\nsecond\u009B1A";
const shown = "a\\u{1b}[2J\\u{1b}]0;title\\u{7}\\u{202e}gpj.exe\\u{a}second\\u{9b}1A";

/** As a user at a terminal sees it: Python gives the command a pseudo-terminal. */
function onTerminal(args: readonly string[]): Promise<Ended> {
  const spawn = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
  return run(gateway, "/usr/bin/python3", ["-c", spawn, process.execPath, command, "--local", ...args]);
}

/** Without the carriage return a terminal adds to every line break. */
const lines = ({ stdout }: Ended): readonly string[] => stdout.replace(/\r+\n/g, "\n").split("\n");

test("object keys: escaped on a terminal, byte for byte in a pipe", async () => {
  await makeBucket(gateway, "odd-keys", [hostile]);

  const rows = await onTerminal(["list-bucket", "odd-keys", "--csv"]);
  expect(lines(rows).map((line) => line.split(",")[0])).toEqual(["Key", shown, ""]);
  expect((await cli(gateway, ["--local", "list-bucket", "odd-keys", "--csv"])).stdout).toContain(`"${hostile}"`);

  const dryRun = ["delete-objects", "odd-keys", "--prefix", "a", "--dry-run"];
  expect(lines(await onTerminal(dryRun))).toEqual(["The following keys would be deleted:", shown, ""]);
  expect((await cli(gateway, ["--local", ...dryRun])).stdout).toBe(
    `The following keys would be deleted:\n${hostile}\n`,
  );
});

test("an object goes to a terminal as it is, because that was asked for", async () => {
  const written = await cli(gateway, ["--local", "put-object", "odd-keys", "text", "-"], { input: "\u001B[1mbold\n" });
  expect(written.code).toBe(0);
  expect(lines(await onTerminal(["get-object", "odd-keys", "text", "-o", "-"]))).toEqual(["\u001B[1mbold", ""]);
});
