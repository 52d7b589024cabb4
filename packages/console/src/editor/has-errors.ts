import { type PolicyUse, validatePolicy } from "@s3-credentials/policy";

/** Whether the gateway would refuse the document. */
export function hasErrors(text: string, kind: PolicyUse, bucket?: string): boolean {
  return validatePolicy(text, { kind, ...(bucket === undefined ? {} : { bucket }) }).some(
    ({ severity }) => severity === "error",
  );
}

/** What is dangerous about an identity's policy, in words. */
export function dangerOf(text: string): string | undefined {
  return validatePolicy(text, { kind: "identity" }).find(({ severity }) => severity === "security-warning")?.message;
}
