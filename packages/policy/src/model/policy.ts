/**
 * The typed policy document: what `parsePolicy` makes of JSON text.
 * Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

/** What a document is used as. It decides which elements are required, allowed and refused. */
export type PolicyKind =
  | "identity"
  | "resource"
  | "trust"
  | "boundary"
  | "session"
  | "guardrail"
  | "resource-guardrail";

/** `2008-10-17` (also the default when the element is absent) has no policy variables. */
export type PolicyVersion = "2012-10-17" | "2008-10-17";

export type Effect = "Allow" | "Deny";

/** Half-open range of UTF-16 offsets in the document's text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Diagnostic {
  /** Stable, kebab-case: `unknown-element`, `invalid-json`, `missing-effect` … */
  readonly code: string;
  /** What is only doubtful, `validatePolicy` reports. */
  readonly severity: "error";
  /** JSON pointer (RFC 6901) of the value concerned, `""` for the document. */
  readonly pointer: string;
  readonly span: Span;
  /** Lower case, names in backticks, no final stop. */
  readonly message: string;
  readonly help?: string;
}

export interface ParseResult {
  /** Present exactly when there are no diagnostics. */
  readonly policy?: Policy;
  /** The first hundred errors; when there are more, one more diagnostic gives their number. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface Policy {
  readonly version: PolicyVersion;
  /** Whether the document says its version; the printer repeats what was written. */
  readonly explicitVersion: boolean;
  readonly id?: string;
  /** Whether `Statement` was a list (an object otherwise); kept for the printer. */
  readonly statementList: boolean;
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly sid?: string;
  readonly effect: Effect;
  /** Required in resource and trust policies, refused in the others. */
  readonly principal?: PrincipalElement;
  readonly action: PatternElement<ActionPattern>;
  /** Absent only in trust policies (and wherever the grammar lets it be). */
  readonly resource?: PatternElement<TextPattern>;
  readonly conditions: readonly Condition[];
  readonly span: Span;
}

/** `Action`/`NotAction`, `Resource`/`NotResource`. `single`: written as a string, not a list; kept for the printer. */
export interface PatternElement<P> {
  readonly negated: boolean;
  readonly single: boolean;
  readonly patterns: readonly P[];
}

/** `service:Name` with `*` and `?`; compared without case. `*` alone has service `*` and name `*`. */
export interface ActionPattern {
  readonly text: string;
  /** Lower case. */
  readonly service: string;
  /** Lower case, may hold `*` and `?`. */
  readonly name: string;
}

/** Text with wildcards and, in version 2012-10-17, variables; parsed once into parts by `match/pattern.ts`. */
export interface TextPattern {
  readonly text: string;
  readonly parts: readonly PatternPart[];
}

export type PatternPart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "any-run" } // *
  | { readonly kind: "any-one" } // ?
  | { readonly kind: "variable"; readonly key: string; readonly fallback?: string }; // ${key} or ${key, 'fallback'}

/** `Principal` or `NotPrincipal`. */
export interface PrincipalElement {
  readonly negated: boolean;
  readonly entries: readonly PrincipalEntry[];
  /** The element as it was written, for the printer. */
  readonly written: "*" | Readonly<Record<string, string | readonly string[]>>;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
export type PrincipalEntry =
  | { readonly kind: "everyone" } // "*" or {"AWS":"*"}
  | { readonly kind: "account"; readonly accountId: string } // account id or arn:…:root
  | { readonly kind: "user"; readonly arn: string }
  | { readonly kind: "role"; readonly arn: string }
  | { readonly kind: "role-session"; readonly arn: string } // arn:aws:sts::A:assumed-role/ROLE/SESSION
  | { readonly kind: "federated-user"; readonly arn: string } // arn:aws:sts::A:federated-user/NAME
  | { readonly kind: "unique-id"; readonly id: string } // AIDA…, AROA…, AROA…:SESSION: what a stored ARN was bound to
  | { readonly kind: "canonical-user"; readonly id: string }
  | { readonly kind: "federated"; readonly provider: string }
  | { readonly kind: "service"; readonly service: string };

/** One operator with one key: `"StringLike": {"s3:prefix": ["a/*"]}`. */
export interface Condition {
  /** The operator as written, e.g. `ForAnyValue:StringLikeIfExists`. */
  readonly written: string;
  /** Canonical base name from the operator table, e.g. `StringLike`. */
  readonly operator: string;
  readonly set?: "ForAllValues" | "ForAnyValue";
  readonly ifExists: boolean;
  /** As written; compared without case. */
  readonly key: string;
  /** Values as text (numbers and booleans as their JSON text), each parsed into parts where variables or wildcards are allowed. */
  readonly values: readonly TextPattern[];
  /** The values as they were written, for the printer. */
  readonly writtenValues: string | number | boolean | readonly (string | number | boolean)[];
}
