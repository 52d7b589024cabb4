import {
  compareForReview,
  describeComparison,
  describePolicy,
  documentKind,
  parsePolicy,
  type Policy,
  type Relation,
} from "@s3-credentials/policy";
import { showText } from "../shell/format.ts";

/** A document under review, as it is called in sentences: `reports-read v2`. */
export interface ReviewedDocument {
  readonly name: string;
  readonly text: string;
}

/** One statement in words. */
export interface Sentence {
  readonly text: string;
  /** The other document says nothing of the same words. */
  readonly onlyHere: boolean;
}

export interface Review {
  /** What the document after is, compared with the one before. */
  readonly relation: Relation;
  /** The first sentence of the verdict. */
  readonly verdict: string;
  /** Requests that one allows and the other does not, or why that is not known. */
  readonly differences: readonly string[];
  readonly before: readonly Sentence[];
  readonly after: readonly Sentence[];
  /** All of it, to paste into a review. */
  readonly report: string;
}

/** A document that cannot be compared: what is wrong with it. */
export interface ReviewFault {
  readonly name: string;
  readonly fault: string;
}

/** About a second of work: the page stands still meanwhile. */
const steps = 3_000_000;

/** What a change from one document to the other does, over all requests at once. */
export function reviewPolicies(before: ReviewedDocument, after: ReviewedDocument): Review | ReviewFault {
  const [old, next] = [readDocument(before), readDocument(after)];
  if ("fault" in old) return old;
  if ("fault" in next) return next;
  const comparison = compareForReview(next, old, { steps });
  const [verdict = "", ...differences] = describeComparison(comparison, [after.name, before.name]).map(showText);
  const said = [describePolicy(old).map(showText), describePolicy(next).map(showText)] as const;
  const report = [
    `Review: from ${before.name} to ${after.name}`,
    verdict,
    ...differences.map((difference) => `- ${difference}`),
    "",
    `${after.name} says:`,
    ...said[1],
  ];
  return {
    relation: comparison.relation,
    verdict,
    differences,
    before: sentences(said[0], said[1]),
    after: sentences(said[1], said[0]),
    report: report.join("\n"),
  };
}

function readDocument({ name, text }: ReviewedDocument): Policy | ReviewFault {
  const { policy, diagnostics } = parsePolicy(text, documentKind(text));
  if (policy !== undefined) return policy;
  const [first] = diagnostics;
  const where = first === undefined || first.pointer === "" ? "" : ` at ${first.pointer}`;
  return { name, fault: `It is not a policy${where}: ${first?.message ?? "it has no statements"}` };
}

/** Without the number and name of the statement, which say nothing about what it allows. */
const content = (sentence: string): string => sentence.replace(/^\d+(?: \([^)]*\))?: /, "");

function sentences(own: readonly string[], others: readonly string[]): readonly Sentence[] {
  const known = new Set(others.map(content));
  return own.map((text) => ({ text, onlyHere: !known.has(content(text)) }));
}
