import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { keepRecordsUnder } from "./kept-records.ts";

/** A folder that goes with the running test; what gateways left in it is kept for the search at the end of the run. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gateway-test-"));
  onTestFinished(() => {
    keepRecordsUnder(folder);
    return rm(folder, { recursive: true, force: true });
  });
  return folder;
}
