import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { account, testDirectory } from "../../test/test-directory.ts";
import { testGrant } from "../../test/test-grant.ts";
import { analyzerStore, scanStore } from "../stores/sql/analyzers/analyzer-store.ts";
import { AnalysisQueue } from "./policy-analysis.ts";
import { Scanner } from "./scanner.ts";

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" },
});

test("whoever waits for scans that cannot be made gets how many are left, and they are made later", async () => {
  const directory = await testDirectory();
  const grant = testGrant();
  for (const name of ["a", "b"])
    await directory.role(name, { role: { description: undefined, trust, maxSessionSeconds: 3600 } });
  const made = { accountId: account, name: "own", createdAt: 1, tags: new Map(), token: undefined };
  await analyzerStore(directory.database).createAnalyzer(grant, made, []);
  const failures: unknown[] = [];
  const scannerWith = (analysis: AnalysisQueue): Scanner =>
    new Scanner({
      store: scanStore(directory.database),
      analysis,
      unbind: (document) => directory.principals.bindings.unbind(document, nextTurn),
      clock: directory.clock,
      failed: (error) => failures.push(error),
    });
  const closed = new AnalysisQueue();
  await closed.close();
  expect(await scannerWith(closed).settled(account)).toBe(2);
  expect(failures).toMatchObject([{ reason: "busy" }]);
  const open = new AnalysisQueue();
  expect(await scannerWith(open).settled(account)).toBe(0);
  await open.close();
});
