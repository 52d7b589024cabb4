import {
  type Answer,
  checkNotGranted,
  checkPublic,
  externalAccess,
  isInside,
  isPublicPolicy,
  type OutsideAccess,
  parsePolicy,
  type Policy,
  validatePolicy,
} from "@s3-credentials/policy";
import type { AnalysisAnswers, AnalysisQuestion, AnalyzedKind, CheckAnswer } from "../ports/policy-analysis.ts";

type Parsed = { readonly policy: Policy } | Extract<CheckAnswer, { readonly answer: "invalid" }>;

/** The answer to a question. Pure; only steps bound its time: see `AnalysisThread`. */
export function analyze(question: AnalysisQuestion, steps: number): AnalysisAnswers[AnalysisQuestion["kind"]] {
  if (question.kind === "validate") return validatePolicy(question.document, { kind: question.use });
  if (question.kind === "outside") return fromOutside(question, steps);
  const read = parsed(question.document, question.of);
  if ("answer" in read) return read;
  const { policy } = read;
  if (question.kind === "not-granted") return statementsOf(checkNotGranted(policy, question.access, { steps }));
  if (question.kind === "not-public") return notPublic(policy, steps);
  const existing = parsed(question.existing, question.of);
  // How much a grant is worth in its own account is not asked: a document does not say whose resource it is for.
  return "answer" in existing ? existing : statementsOf(isInside(policy, existing.policy, { steps, strengths: false }));
}

type Outside = Extract<AnalysisQuestion, { readonly kind: "outside" }>;

function fromOutside(question: Outside, steps: number): AnalysisAnswers["outside"] {
  const { document, acl, of, account, canonicalId, restrictPublicBuckets } = question;
  const [own, granted] = [document, acl].map((text) => (text === undefined ? undefined : parsed(text, of)));
  if (own !== undefined && "answer" in own) return own;
  if (granted !== undefined && "answer" in granted) return granted;
  const owner = canonicalId === undefined ? { account } : { account, canonicalId };
  const more = granted === undefined ? owner : { ...owner, acl: granted.policy };
  return externalAccess(own?.policy, { ...more, restrictPublicBuckets, steps });
}

function parsed(document: string, of: AnalyzedKind): Parsed {
  const { policy, diagnostics } = parsePolicy(document, of);
  if (policy !== undefined) return { policy };
  const [first] = diagnostics;
  return { answer: "invalid", message: first === undefined ? "it is not a policy" : first.message };
}

function statementsOf(answer: Answer): CheckAnswer {
  if (answer.answer !== "no") return answer;
  return { answer: "no", statements: answer.differences.map(({ statement, sid }) => ({ statement, sid })) };
}

/**
 * Public is what block public access calls so: an Allow that is not held to fixed principals or values, and that lets somebody outside do
 * something which no Deny takes away.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
function notPublic(policy: Policy, steps: number): CheckAnswer {
  const denies = policy.statements.filter(({ effect }) => effect === "Deny");
  const open = policy.statements.filter(
    (one) => one.effect === "Allow" && isPublicPolicy({ ...policy, statements: [one] }),
  );
  const statements: { readonly statement: number; readonly sid: string | undefined }[] = [];
  let unknown: CheckAnswer | undefined;
  for (const [index, one] of policy.statements.entries()) {
    if (!open.includes(one)) continue;
    const asked = { ...policy, statements: [one, ...denies] };
    const answer = checkPublic(asked, { steps: Math.ceil(steps / open.length) });
    if (answer.answer === "unknown") unknown ??= answer;
    else if (answer.outside.some(({ who }) => isAnybody(who))) statements.push({ statement: index, sid: one.sid });
  }
  if (statements.length > 0) return { answer: "no", statements };
  return unknown ?? { answer: "yes" };
}

function isAnybody(who: OutsideAccess["who"]): boolean {
  return who === "everyone" || who === "any-account" || who === "provider";
}
