/** Proves that what a command is about to grant keeps to the buckets and prefixes that were named. */
import { type Answer, checkAccess, witnessText } from "@s3-credentials/policy";
import { CommandError } from "../command-line/failures.ts";
import type { PolicyText } from "../input/policy-text.ts";
import type { CreateRequest } from "./create-request.ts";

export interface Proof {
  /** What was proved, for people; undefined when nothing was. */
  readonly proved: string | undefined;
  readonly warnings: readonly string[];
}

export interface ProofOptions {
  /** The policy, or a statement of it, is the user's own. */
  readonly isCustom: boolean;
  readonly strict: boolean;
}

/**
 * A policy of the user's own goes on with a warning that shows a request, or is refused with `strict`. One that this tool
 * made itself is never applied without its proof.
 */
export function proveBounds(request: CreateRequest, { isCustom, strict }: ProofOptions): Proof {
  const { buckets, prefixes, partition, credentials } = request;
  const documents =
    credentials.kind === "permanent" ? credentials.policies.map(({ document }) => document) : [credentials.policy];
  const within = (keys: readonly string[]): Answer =>
    firstDoubt(documents, (policy) => checkAccess(policy, { buckets, prefixes: keys, partitions: [partition] }));
  if (prefixes.length > 0 && within(prefixes).answer === "yes")
    return proof(buckets.flatMap((bucket) => prefixes.map((prefix) => `${bucket}/${prefix.replace(/\*$/, "")}`)));
  const answer = within([]);
  if (answer.answer === "yes" && (prefixes.length === 0 || isCustom)) return proof(buckets);
  const doubt = doubtText(answer, buckets);
  if (!isCustom)
    throw new CommandError(`the policy that was made is not applied, because it ${doubt}; please report this`);
  if (strict) throw new CommandError(`--strict refuses the policy: it ${doubt}`);
  return { proved: undefined, warnings: [`the policy ${doubt}`] };
}

function proof(places: readonly string[]): Proof {
  return { proved: `Proved: nothing outside ${places.join(", ")}`, warnings: [] };
}

function firstDoubt(documents: readonly PolicyText[], check: (policy: PolicyText["policy"]) => Answer): Answer {
  for (const { policy } of documents) {
    const answer = check(policy);
    if (answer.answer !== "yes") return answer;
  }
  return { answer: "yes" };
}

function doubtText(answer: Answer, buckets: readonly string[]): string {
  const places = buckets.join(", ");
  if (answer.answer !== "no")
    return answer.answer === "yes"
      ? `allows more in ${places} than the prefixes that were named`
      : `may allow something outside ${places}: ${answer.construct} cannot be decided`;
  // Who has the credentials is known; the request says only what they can do.
  const text = witnessText(answer.differences[0].witness).replace(/ by \S+?(?=,? with |, without |$)/, "");
  return `allows more than the buckets that were named (${places}), such as ${text}`;
}
