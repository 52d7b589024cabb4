import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/temporary-folder.ts";
import { openDriver } from "./driver.ts";

test.each(["plain.db", "100% sure?mode=memory#it's ü&c.db"])("a file is named as it is given: %s", async (name) => {
  const folder = await temporaryFolder();
  const driver = openDriver(join(folder, name));
  driver.exec("CREATE TABLE t (n INTEGER) STRICT; INSERT INTO t VALUES (1)");
  driver.close();
  expect(readdirSync(folder)).toEqual([name]);
  const again = openDriver(join(folder, name));
  expect(again.prepare("SELECT n FROM t").all([])).toEqual([[1]]);
  again.close();
});
