import { expect, test } from "vitest";
import { chooseAccount } from "./choose-account.ts";

const [first, second] = ["111122223333", "444455556666"];

test.each([
  [undefined, undefined, [], { kind: "none" }],
  [undefined, first, [], { kind: "none" }],
  [first, undefined, [first], { kind: "chosen", accountId: first }],
  [first, first, [first], { kind: "chosen", accountId: first }],
  [first, undefined, [first, second], { kind: "chosen", accountId: first }],
  [second, undefined, [first, second], { kind: "chosen", accountId: second }],
  [first, second, [first, second], { kind: "chosen", accountId: second }],
] as const)("management account %s, asked for %s of %j: %j", (management, asked, present, choice) => {
  expect(chooseAccount(management, asked, present, "/data")).toEqual(choice);
});

test("no account is taken for another", () => {
  for (const present of [[first], [first, second]])
    expect(chooseAccount(first, "777788889999", present, "/data")).toEqual({
      kind: "refused",
      why: "/data belongs to account 111122223333, not 777788889999: leave --account-id out, or give another --data folder or --database",
    });
});
