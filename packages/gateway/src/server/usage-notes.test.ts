import { expect, test } from "vitest";
import type { LastUse } from "../ports/last-used.ts";
import { createUsageNotes } from "./usage-notes.ts";

function notes(max?: number) {
  const writes: (readonly (LastUse & { readonly subject: string })[])[] = [];
  const failing = { next: false };
  const made = createUsageNotes(
    {
      async recordUses(uses) {
        if (failing.next) throw new Error("the disk is full");
        writes.push(uses);
      },
    },
    max,
  );
  return { notes: made, writes, failing };
}

test("many uses of a key are one row, its last one, and each is written once", async () => {
  const { notes: used, writes } = notes();
  for (let at = 1; at <= 1000; at += 1) used.note("AKIAONE", at, at % 2 === 0 ? "s3" : "iam", "eu-west-1");
  used.note("AROATWO", 5, "s3", "us-east-1");
  await used.flush();
  await used.flush();
  expect(writes).toEqual([
    [
      { subject: "AKIAONE", at: 1000, service: "s3", region: "eu-west-1" },
      { subject: "AROATWO", at: 5, service: "s3", region: "us-east-1" },
    ],
  ]);
});

test("more keys than the limit take no more memory, and are written in small batches", async () => {
  const { notes: used, writes } = notes(600);
  for (let n = 0; n < 10_000; n += 1) used.note(`AKIA${n}`, n, "s3", "us-east-1");
  expect(used.size()).toBe(600);
  await used.flush();
  expect(writes.map((rows) => rows.length)).toEqual([256, 256, 88]);
});

test("what could not be written is written the next time, but not over a later use", async () => {
  const { notes: used, writes, failing } = notes();
  used.note("AKIAONE", 1, "s3", "us-east-1");
  used.note("AKIATWO", 1, "s3", "us-east-1");
  failing.next = true;
  const flushed = used.flush();
  used.note("AKIAONE", 2, "sts", "us-east-1");
  await expect(flushed).rejects.toThrow("full");
  failing.next = false;
  await used.flush();
  expect(writes.flat().map(({ subject, at }) => [subject, at])).toEqual([
    ["AKIAONE", 2],
    ["AKIATWO", 1],
  ]);
});
