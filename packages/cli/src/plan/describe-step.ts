import type { Json } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import type { Plan, Step, StepKind, StepOf } from "./steps.ts";

type Describe<K extends StepKind> = (step: StepOf<K>) => string;

/** What a step does, after `cannot` or in a plan. */
const descriptions: { readonly [K in StepKind]: Describe<K> } = {
  "create-bucket": ({ bucket, region }) =>
    `create bucket ${bucket}${region === undefined ? "" : ` in region ${region}`}`,
  "open-public-access": ({ bucket }) => `set the public access block of bucket ${bucket}`,
  "attach-public-policy": ({ bucket }) => `attach a policy to bucket ${bucket}`,
  "configure-website": ({ bucket }) => `configure bucket ${bucket} as a website`,
  "create-role": ({ role }) => `create role ${role}`,
  "attach-role-policy": ({ role, policyArn }) => `attach ${policyArn} to role ${role}`,
  "lengthen-role-sessions": ({ role }) => `lengthen the sessions of role ${role}`,
  "put-role-trust": ({ role, extend }) => `let the trust policy of role ${role} allow ${extend.join(" and ")}`,
  "create-user": ({ user, boundary }) =>
    `create user ${user}${boundary === undefined ? "" : ` with permissions boundary ${boundary}`}`,
  "tag-user": ({ user }) => `tag user ${user}`,
  "put-user-policy": ({ user, policy, previous }) =>
    `${previous === undefined ? "attach" : "replace"} policy ${policy} ${previous === undefined ? "to" : "of"} user ${user}`,
  "create-access-key": ({ user }) => `create an access key for user ${user}`,
  "deactivate-access-key": ({ user, accessKeyId }) => `turn off access key ${accessKeyId} of user ${user}`,
  "delete-access-key": ({ user, accessKeyId }) => `delete access key ${accessKeyId} of user ${user}`,
  "put-role-policy": ({ role, policy, previous }) =>
    `${previous === undefined ? "attach" : "replace"} policy ${policy} ${previous === undefined ? "to" : "of"} role ${role}`,
  "assume-role": ({ roleArn, seconds }) =>
    `${roleArn === undefined ? "assume a session of the caller itself" : `assume role ${roleArn}`} for ${seconds} seconds`,
  wait: () => "wait until the credentials work",
  verify: () => "try what the credentials can do",
};

export function describeStep(step: Step): string {
  return (descriptions[step.kind] as (step: Step) => string)(step);
}

/** The document or tags that a step sends, shown in a plan. */
function detailOf(step: Step): Json | undefined {
  switch (step.kind) {
    case "create-role":
    case "put-role-trust":
      return step.trust;
    case "put-user-policy":
    case "put-role-policy":
      return step.document.value;
    case "assume-role":
      return step.policy.value;
    case "create-user":
    case "tag-user":
      return step.tags.size === 0 ? undefined : step.tags;
    default:
      return undefined;
  }
}

/** The whole plan in the order in which it would run: one line for each step, and its document indented by 4. */
export function planText({ steps }: Plan): string {
  if (steps.length === 0) return "Nothing to do\n";
  return steps
    .map((step) => {
      const detail = detailOf(step);
      return `Would ${describeStep(step)}${detail === undefined ? "" : `:\n${dumps(detail, 4)}`}\n`;
    })
    .join("");
}
