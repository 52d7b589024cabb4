import { expect, test } from "vitest";
import { lookAt } from "../src/pages/look-at.ts";

test("the first fifty are looked at, six at a time; a refusal is thrown only when nothing was found beside it", async () => {
  let asked = 0;
  let open = 0;
  let most = 0;
  const look = async (one: number): Promise<readonly number[]> => {
    asked += 1;
    open += 1;
    most = Math.max(most, open);
    await new Promise(setImmediate);
    open -= 1;
    if (one === 3) throw new Error("refused");
    return one === 7 ? [one] : [];
  };
  const numbers = [...Array(300).keys()];
  expect(await lookAt("users", numbers, look)).toEqual({ found: [7], part: "50 of 300 users" });
  expect([asked, most]).toEqual([50, 6]);
  await expect(lookAt("users", numbers.slice(0, 5), look)).rejects.toThrow("refused");
  expect(await lookAt("users", numbers.slice(5, 9), look)).toEqual({ found: [7] });
});
