import { parsePolicy } from "@s3-credentials/policy";
import type { SealedPolicies } from "../../ports/principal-directory.ts";
import { type Refusal, refuse } from "../operation.ts";
import { refuseResource } from "../iam/policy-documents.ts";
import { list, optional, text } from "../query/fields.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: 2,048 characters together, white space counted. */
const longest = 2048;

export const sessionPolicyFields = {
  Policy: optional(
    text({
      pattern: /^[\u0009\u000a\u000d\u0020-\u00ff]+$/,
      shown: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
      max: longest,
    }),
  ),
  PolicyArns: list(
    { pattern: /^arn:[\u0021-\u007e]+$/, shown: "arn:[\\u0021-\\u007E]+", min: 20, max: 2048 },
    10,
    ".arn",
  ),
} as const;

export const mfaFields = {
  SerialNumber: optional(text({ pattern: /^[\w+=/:,.@-]+$/, shown: "[\\w+=/:,.@-]*", min: 9, max: 256 })),
  TokenCode: optional(text({ pattern: /^\d+$/, shown: "[\\d]*", min: 6, max: 6 })),
} as const;

/** The policies of a new session as they are sealed; undefined when there are none. */
export function readSessionPolicies(values: {
  readonly Policy: string | undefined;
  readonly PolicyArns: readonly string[];
}): SealedPolicies | undefined | Refusal {
  const { Policy: inline, PolicyArns: managed } = values;
  if (inline === undefined && managed.length === 0) return undefined;
  const size = (inline?.length ?? 0) + managed.reduce((sum, arn) => sum + arn.length, 0);
  if (size > longest)
    return refuse(
      "PackedPolicyTooLarge",
      `The session policies together have ${size} characters; at most ${longest} are allowed.`,
    );
  if (inline !== undefined) {
    const { policy, diagnostics } = parsePolicy(inline, "session");
    const [problem] = diagnostics;
    if (problem !== undefined)
      return refuse(
        "MalformedPolicyDocument",
        `The session policy is malformed at ${problem.pointer === "" ? "its top" : problem.pointer}: ${problem.message}.`,
      );
    const badResource = policy === undefined ? undefined : refuseResource(policy);
    if (badResource !== undefined) return badResource;
  }
  return { inline, managed };
}
