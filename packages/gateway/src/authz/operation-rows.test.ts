import { describe, expect, test } from "vitest";
import { operationTables } from "../operations/table.ts";
import { predicates } from "./predicates.ts";
import { s3Readers } from "./request-context.ts";

const s3 = Object.entries(operationTables.S3).flatMap(([name, row]) =>
  "demands" in row ? [[name, row] as const] : [],
);
const query = [operationTables.IAM, operationTables.STS, operationTables.Organizations, operationTables.Account]
  .flatMap((table) => Object.entries(table))
  .flatMap(([name, row]) => ("notImplemented" in row ? [] : [[name, row] as const]));
const here = new Set(["bucket", "object", "source-object", "item", "none"]);

/** What would otherwise be a fault of the first request that meets it. */
describe("operation rows", () => {
  test.each(s3)("%s: its words are known", (name, row) => {
    expect(row.name).toBe(name);
    expect(row.demands.length).toBeGreaterThan(0);
    for (const { when, resource, action } of row.demands) {
      expect(() => s3Readers(row.conditionKeys, action)).not.toThrow();
      expect(here).toContain(resource);
      expect(action).toMatch(/^s3:[A-Z]\w+$/);
      if (when !== undefined) expect(Object.keys(predicates)).toContain(when);
    }
  });

  test.each(s3)("%s: a body that is read whole has limits, and one that is not is not parsed", (_name, row) => {
    expect(row.parseBody !== undefined).toBe(row.body.kind === "buffered");
    if (row.body.kind !== "buffered") expect(row.detailsOfBody).toBeUndefined();
    else expect(row.body.maxBytes).toBeLessThanOrEqual(4 * 1024 * 1024);
    if (row.detailsOfBody === undefined) expect(row.demands.map(({ resource }) => resource)).not.toContain("item");
  });

  test.each(query)("%s: its words are known", (name, row) => {
    expect(row.name).toBe(name);
    for (const { action } of row.demands) {
      expect(action).toMatch(/^(iam|sts|organizations|account|s3-credentials):[A-Z]\w+$/);
    }
  });

  test("the tables are total, and a name nobody documents is in none", () => {
    for (const table of Object.values(operationTables)) {
      for (const [name, row] of Object.entries(table)) expect(row.name).toBe(name);
      expect("toString" in table).toBe(false);
    }
  });
});
