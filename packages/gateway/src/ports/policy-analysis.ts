import type { Answer, ExternalAccess, Finding, NamedAccess, PolicyUse } from "@s3-credentials/policy";

/** What a document is, for the questions about what it grants. */
export type AnalyzedKind = "identity" | "resource" | "trust";

/** A question about documents. Each may cost seconds, so none is answered in the thread that serves requests. */
export type AnalysisQuestion =
  | { readonly kind: "validate"; readonly document: string; readonly use: PolicyUse }
  /** Whether `document` grants nothing that `existing` does not grant. */
  | {
      readonly kind: "no-new-access";
      readonly document: string;
      readonly existing: string;
      readonly of: AnalyzedKind;
    }
  | {
      readonly kind: "not-granted";
      readonly document: string;
      readonly of: AnalyzedKind;
      readonly access: NamedAccess;
    }
  | { readonly kind: "not-public"; readonly document: string; readonly of: AnalyzedKind }
  /** Who outside the account has access by the policy of the resource, or by its ACL, which `aclStatements` made a policy of. */
  | {
      readonly kind: "outside";
      readonly document: string | undefined;
      readonly acl?: string | undefined;
      readonly of: AnalyzedKind;
      readonly account: string;
      readonly canonicalId: string | undefined;
      readonly restrictPublicBuckets: boolean;
    };

/** A statement of a document, by its position from 0. */
export interface NamedStatement {
  readonly statement: number;
  readonly sid: string | undefined;
}

export type CheckAnswer =
  | { readonly answer: "yes" }
  | { readonly answer: "no"; readonly statements: readonly NamedStatement[] }
  | Extract<Answer, { readonly answer: "unknown" }>
  /** The document is no policy. */
  | { readonly answer: "invalid"; readonly message: string };

export interface AnalysisAnswers {
  readonly validate: readonly Finding[];
  readonly "no-new-access": CheckAnswer;
  readonly "not-granted": CheckAnswer;
  readonly "not-public": CheckAnswer;
  readonly outside:
    | { readonly answer: "known"; readonly access: readonly ExternalAccess[] }
    | Exclude<CheckAnswer, { readonly answer: "yes" | "no" }>;
}

/** Why there is no answer. `too-costly`: the question needs more time or memory than one may have. */
export class AnalysisRefused extends Error {
  readonly reason: "busy" | "too-costly";

  constructor(reason: "busy" | "too-costly") {
    super(reason === "busy" ? "too many questions of this account are waiting" : "the question is too costly");
    this.name = "AnalysisRefused";
    this.reason = reason;
  }
}

export interface PolicyAnalysis {
  /** `asker`: an account, or its scans. They take turns, so that the questions of one do not keep the others waiting. @throws {AnalysisRefused} */
  ask<Kind extends AnalysisQuestion["kind"]>(
    asker: string,
    question: Extract<AnalysisQuestion, { readonly kind: Kind }>,
  ): Promise<AnalysisAnswers[Kind]>;
}
