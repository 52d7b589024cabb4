/** What the gateway's record of calls tells: a decision with the policies as they were then, and which rights are used. */
export { type LastUsed, unusedSince } from "./record/last-used.ts";
export {
  maxInlineLength,
  type NarrowerPolicy,
  narrowerPolicy,
  type NarrowerQuestion,
} from "./record/narrower-policy.ts";
export { type RecordedDecision, recordedDecision } from "./record/recorded-decision.ts";
export { recordedName } from "./record/recorded-name.ts";
export { type AccessQuestion, recordedQuestion, type ReportedDecision } from "./record/recorded-question.ts";
export { addEvent, emptyUsage, isWholeWindow, type RecordedUsage, type UsedRequest } from "./record/used-requests.ts";
