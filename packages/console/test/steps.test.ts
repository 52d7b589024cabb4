import { expect, test } from "vitest";
import { allOrNone, type Step } from "../src/shell/steps.ts";

const log: string[] = [];
const step =
  (name: string): Step =>
  async () => {
    log.push(name);
    if (name === "refused") throw new Error(name);
    return async () => log.push(`undo ${name}`);
  };

test("steps are taken back from the last one on: when somebody asks, and when one of them is refused", async () => {
  const undo = await allOrNone([step("first"), step("second")]);
  await undo();
  expect(log.splice(0)).toEqual(["first", "second", "undo second", "undo first"]);
  await expect(allOrNone([step("first"), step("second"), step("refused")])).rejects.toThrow("refused");
  expect(log).toEqual(["first", "second", "refused", "undo second", "undo first"]);
});
