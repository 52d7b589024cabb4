import { parentPort } from "node:worker_threads";
import type { AnalysisQuestion } from "../ports/policy-analysis.ts";
import { analyze } from "./analyze.ts";

/** A question on its way to the thread. */
export interface ToAnalysis {
  readonly question: AnalysisQuestion;
  readonly steps: number;
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.on("message", ({ question, steps }: ToAnalysis) => parentPort?.postMessage(analyze(question, steps)));
