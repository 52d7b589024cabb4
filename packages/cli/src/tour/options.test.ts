import { expect, test } from "vitest";
import { parseTour } from "./options.ts";

test.each([
  [["--prot", "1"], "unknown option --prot; did you mean --port? see npm start -- --help"],
  [["--nonsense"], "unknown option --nonsense; see npm start -- --help"],
  [["9010"], `unexpected "9010"; options go after --: npm start -- --port 9010`],
])("%j: %s", (argv, message) => {
  expect(parseTour(argv)).toEqual({ kind: "usage-error", message });
});

test("its options are those of serve, and --once", () => {
  expect(parseTour(["--once", "--port", "0"])).toEqual({
    kind: "options",
    options: { once: true, website: false, serveArgs: ["--port", "0", "--console-port", "0"] },
  });
  expect(parseTour(["--website-port", "9080"])).toMatchObject({
    options: { website: true, serveArgs: ["--port", "9000", "--console-port", "9001", "--website-port", "9080"] },
  });
});
