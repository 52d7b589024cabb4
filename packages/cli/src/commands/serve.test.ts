import { expect, test, vi } from "vitest";
import type * as Gateway from "@s3-credentials/gateway";
import { runCommand } from "../test/run-command.ts";

const seen: (readonly string[])[] = [];
vi.mock("@s3-credentials/gateway", () => ({
  runGateway: async (argv: readonly string[]) => {
    seen.push(argv);
    return 3;
  },
}));

test("everything after `serve` goes to the gateway as it was written, and its exit code comes back", async () => {
  const argv = ["--port", "0", "--data", "a b", "--apis=s3,sts", "--unknown", "word"];
  expect(await runCommand(["serve", ...argv])).toEqual({ code: 3, stdout: "", stderr: "" });
  expect(seen).toEqual([argv]);
});

test("help is shown without the gateway", async () => {
  for (const argv of [
    ["serve", "--help"],
    ["serve", "--port", "1", "--help"],
  ]) {
    expect(await runCommand(argv)).toMatchObject({ code: 0, stdout: expect.stringContaining("--data <DIR>") });
  }
});

test("help names every option that the gateway takes, as the gateway does", async () => {
  const { gatewayHelp } = await vi.importActual<typeof Gateway>("@s3-credentials/gateway");
  const { stdout } = await runCommand(["serve", "--help"]);
  const options = (text: string): string[] =>
    [...text.matchAll(/^ +--([\w-]+)(?: <?([A-Z]+(?:=[A-Z]+)?)>?)? {2,}(\S.*)$/gm)].map((row) =>
      row.slice(1, 4).join(" "),
    );
  const inHelp = options(stdout);
  const ofGateway = options(gatewayHelp()).filter((row) => !row.startsWith("help "));
  expect(ofGateway.length).toBeGreaterThan(20);
  expect(inHelp.filter((row) => !row.startsWith("help "))).toEqual(ofGateway);
});
