import type { SigningKeys } from "@s3-credentials/protocol";
import type { Call } from "./pipeline-gateway.ts";
import type { S3Gateway } from "./s3-gateway.ts";

type Answer = "refused" | "asked";

export interface Demanded {
  readonly action: string;
  /** What else the request needs. */
  readonly others: readonly string[];
  /** Patterns of resources, none of which is the one of this request. */
  readonly wrong: readonly string[];
}

/** What one caller may do. A condition on `aws:UserAgent` says for which case, so that a demand costs one write of a policy. */
const cases = {
  "allowed on another resource": ({ action, wrong }: Demanded) => ({ Action: action, Resource: wrong }),
  "another action allowed": ({ action }: Demanded) => ({ NotAction: action, Resource: "*" }),
  allowed: ({ action }: Demanded) => ({ Action: action, Resource: "*" }),
} as const;

export const onlyAllowed: Readonly<Record<keyof typeof cases, Answer>> = {
  "allowed on another resource": "refused",
  "another action allowed": "refused",
  allowed: "asked",
};

export interface Asked {
  readonly keys: SigningKeys;
  readonly userName: string;
  /** Of the case; a part of the request. */
  readonly headers: NonNullable<Call["headers"]>;
}

/** Makes the request once in each case. */
export async function askInCases(
  gateway: S3Gateway,
  caller: Omit<Asked, "headers">,
  demanded: Demanded,
  ask: (asked: Asked) => Promise<Answer>,
): Promise<Readonly<Record<string, Answer>>> {
  const Statement = Object.entries(cases).flatMap(([name, allowed]) =>
    [allowed(demanded), ...(demanded.others.length === 0 ? [] : [{ Action: demanded.others, Resource: "*" }])].map(
      (one) => ({ Effect: "Allow", ...one, Condition: { StringEquals: { "aws:UserAgent": name } } }),
    ),
  );
  const fields = {
    Action: "PutUserPolicy",
    Version: "2010-05-08",
    UserName: caller.userName,
    PolicyName: "own",
    PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
  };
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams(fields).toString();
  const put = await gateway.send({ method: "POST", target: "/", service: "iam", headers, body });
  if (put.status !== 200) throw new Error(put.body);
  const answers: (readonly [string, Answer])[] = [];
  for (const name of Object.keys(cases))
    answers.push([name, await ask({ ...caller, headers: { "user-agent": name } })]);
  return Object.fromEntries(answers);
}
