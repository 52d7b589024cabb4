import { expect, test } from "vitest";
import { objectMigrations } from "../../data-planes/local/object-migrations.ts";
import { directoryMigrations } from "../sql/identity/directory-migrations.ts";
import { recordMigrations } from "../sql/record/record-migrations.ts";

const lists = { directory: directoryMigrations, objects: objectMigrations, record: recordMigrations };

// Two of one number would run in the order of their words, and whoever adds the next one looks at the numbers only.
test.each(Object.entries(lists))("the migrations of %s have numbers that only go up", (_file, migrations) => {
  const numbers = migrations.map(({ name }) => /^(\d{4})-[a-z-]+$/.exec(name)?.[1] ?? `no number: ${name}`);
  expect(numbers).toEqual([...new Set(numbers)].toSorted());
});
