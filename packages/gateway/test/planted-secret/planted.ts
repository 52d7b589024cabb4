import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { temporaryFolder } from "../temporary-folder.ts";

test("a gateway writes a secret into its record", async () => {
  const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzzzzzzzKEY";
  const home = await temporaryFolder();
  mkdirSync(join(home, "events"));
  writeFileSync(join(home, "admin-credentials"), `[default]\naws_secret_access_key = ${secret}\n`);
  writeFileSync(join(home, "events/1.jsonl"), `{"errorMessage":"no ${encodeURIComponent(secret)}"}\n`);
});
