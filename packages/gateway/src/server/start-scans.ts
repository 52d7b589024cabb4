import { setImmediate as nextTurn } from "node:timers/promises";
import { AnalysisQueue } from "../analysis/policy-analysis.ts";
import { Scanner } from "../analysis/scanner.ts";
import type { Clock } from "../ports/clock.ts";
import type { RequestLog } from "../ports/request-log.ts";
import { scanStore } from "../stores/sql/analyzers/analyzer-store.ts";
import type { DirectoryDatabase } from "../stores/sql/identity/directory-database.ts";
import { principalBindings } from "../stores/sql/identity/principal-directory.ts";
import type { Opened } from "./opened.ts";
import { startJobs } from "./start-jobs.ts";

const scanEveryMs = 1000;

/** The analysis of policies, for requests and for the scans of access analyzers, which run from now on. */
export function startScans(
  directory: DirectoryDatabase,
  clock: Clock,
  log: RequestLog,
  opened: Opened,
): { readonly analysis: AnalysisQueue; readonly scanner: Scanner } {
  const analysis = new AnalysisQueue();
  const bindings = principalBindings(directory.reader);
  const scanner = new Scanner({
    store: scanStore(directory),
    analysis,
    unbind: (document) => bindings.unbind(document, nextTurn),
    clock,
    failed: (error) => log.jobFailed("access scans", error),
  });
  const scans = startJobs(
    [{ name: "access scans", every: scanEveryMs, run: async () => scanner.start() }],
    (name, error) => log.jobFailed(name, error),
  );
  opened.add(async () => {
    await scans.stop();
    await Promise.all([scanner.close(), analysis.close()]);
  });
  return { analysis, scanner };
}
