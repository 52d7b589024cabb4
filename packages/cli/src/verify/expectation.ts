import { decide, isAllowed, type NamedProgram } from "@s3-credentials/policy";

/** `depends`: on a condition key only the service knows. */
export type Expectation =
  | { readonly kind: "allowed" }
  | { readonly kind: "refused" }
  | { readonly kind: "depends"; readonly key: string };

export interface Asked {
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request, lower case. */
  readonly context: ReadonlyMap<string, string>;
}

/** What the policies, taken as all the rights there are, say of a request. */
export function expectationOf(identity: readonly NamedProgram[], asked: Asked, secure: boolean): Expectation {
  const now = new Date();
  const known = new Map([
    ["aws:currenttime", now.toISOString()],
    ["aws:epochtime", String(Math.floor(now.getTime() / 1000))],
    ["aws:securetransport", String(secure)],
    ["s3:authtype", "REST-HEADER"],
    ["s3:signatureversion", "AWS4-HMAC-SHA256"],
    ...asked.context,
  ]);
  let unknown: string | undefined;
  const ruling = decide(
    { guardrails: [], identity, boundary: "none", sessions: [], resource: "none" },
    {
      principal: {
        kind: "user",
        accountId: "000000000000",
        arn: "arn:aws:iam::000000000000:user/u",
        userId: "U",
        userName: "u",
      },
      action: asked.action,
      resource: asked.resource,
      resourceAccount: "000000000000",
      context: (key) => {
        const lower = key.toLowerCase();
        if (!known.has(lower) && !isAbsent(lower)) unknown = key;
        return known.get(lower);
      },
    },
  );
  if (unknown !== undefined) return { kind: "depends", key: unknown };
  return { kind: isAllowed(ruling) ? "allowed" : "refused" };
}

/** Keys of S3 that are about headers and parameters which these requests do not have; a few are in every request. */
function isAbsent(key: string): boolean {
  return key.startsWith("s3:") && key !== "s3:resourceaccount" && key !== "s3:tlsversion";
}
