import { join } from "node:path";
import { onTestFinished, test } from "vitest";
import { expectNothingOld } from "../../../../test/stores/cached-answers.ts";
import { temporaryFolder } from "../../../../test/temporary-folder.ts";
import { account, canonicalId } from "../../../../test/test-directory.ts";
import { asyncDatabase, openAsyncDatabase } from "../../sqlite/asynchronous.ts";
import { joinDatabase } from "../../sqlite/database.ts";
import type { DirectoryProcedures } from "./directory-database.ts";
import { directoryMigrations } from "./directory-migrations.ts";

const changes = process.env["TEST_RUNS"] === undefined ? 60 : 2000;

test("nothing that is kept is older than the last change: in the process that writes, and in its workers", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "directory.db");
  const held = await openAsyncDatabase<DirectoryProcedures>({
    path,
    migrations: directoryMigrations,
    procedures: new URL("../../../../bundle/directory-procedures.js", import.meta.url),
    soleWriter: true,
  });
  onTestFinished(() => held.close());
  const workers = [1, 2].map(() =>
    asyncDatabase(joinDatabase<DirectoryProcedures>(path, (sent) => held.writeFor(sent))),
  );
  for (const worker of workers) onTestFinished(() => worker.close());
  await held.write("createAccount", { id: account, canonicalId, createdAt: 1 });
  await expectNothingOld([held, ...workers], folder, changes);
});
