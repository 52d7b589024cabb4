import { type AnalysisAnswers, type AnalysisQuestion, AnalysisRefused } from "../../ports/policy-analysis.ts";
import { type Refusal, refuse } from "../operation.ts";
import type { AccessAnalyzerContext } from "./define-access-analyzer.ts";

/** The answer, in the turn of the caller's account; a refusal when the account has asked too much, or the question costs too much. */
export async function askAnalysis<Kind extends AnalysisQuestion["kind"]>(
  { ports, accountId }: AccessAnalyzerContext,
  question: Extract<AnalysisQuestion, { readonly kind: Kind }>,
): Promise<AnalysisAnswers[Kind] | Refusal> {
  try {
    return await ports.analysis.ask<Kind>(accountId, question);
  } catch (error) {
    if (!(error instanceof AnalysisRefused)) throw error;
    return error.reason === "busy"
      ? refuse("ThrottlingException")
      : refuse(
          "UnprocessableEntityException",
          "The policy is too complex to be analyzed within the limits of one question.",
        );
  }
}
