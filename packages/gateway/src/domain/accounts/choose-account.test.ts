import { expect, test } from "vitest";
import { chooseAccount } from "./choose-account.ts";

test.each([
  [[], undefined, { kind: "none" }],
  [[], "111122223333", { kind: "none" }],
  [["111122223333"], undefined, { kind: "chosen", accountId: "111122223333" }],
  [["111122223333"], "111122223333", { kind: "chosen", accountId: "111122223333" }],
  [["111122223333", "444455556666"], "444455556666", { kind: "chosen", accountId: "444455556666" }],
] as const)("of %j, asked for %s: %j", (present, asked, choice) => {
  expect(chooseAccount(present, asked, "/data")).toEqual(choice);
});

test("no account is taken for another, and none of several by its age", () => {
  expect(chooseAccount(["111122223333"], "444455556666", "/data")).toEqual({
    kind: "refused",
    why: "/data belongs to account 111122223333, not 444455556666: leave --account-id out, or use another --data folder",
  });
  for (const asked of [undefined, "777788889999"])
    expect(chooseAccount(["111122223333", "444455556666"], asked, "/data")).toEqual({
      kind: "refused",
      why: "/data has the accounts 111122223333, 444455556666: name one of them with --account-id",
    });
});
