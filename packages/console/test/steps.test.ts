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

test("a step that cannot be taken back hides neither the error before it nor the other steps", async () => {
  const takenBack: string[] = [];
  const first = async () => async () => takenBack.push("first");
  const stuck = async () => async () => Promise.reject(new Error("It is in use."));
  const failing = async () => Promise.reject(new Error("Not allowed."));
  await expect(allOrNone([first, stuck, failing])).rejects.toThrow(
    "Not allowed. What was changed before it could not all be taken back: It is in use.",
  );
  expect(takenBack).toEqual(["first"]);
});
