import { expect, test } from "vitest";
import { beginTogether, type Changing } from "./one-moment.ts";

/** Something that is changed each time another one is begun, so many times. */
function changing(log: string[], name: string, times: number): Changing {
  let left = times;
  return {
    begin: () => log.push(`begin ${name}`),
    isOld: () => left-- > 0,
    end: () => log.push(`end ${name}`),
  };
}

test("what was changed before the last had begun is begun again, with all others", async () => {
  const log: string[] = [];
  await beginTogether([changing(log, "a", 0), changing(log, "b", 1)]);
  expect(log).toEqual(["begin a", "begin b", "end a", "end b", "begin a", "begin b"]);
});
