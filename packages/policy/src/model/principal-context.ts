/** Condition keys that follow from who calls. Nobody sets them in a request. */
import type { Principal } from "./request.ts";

/** What is known of a caller beside its identity. */
export interface PrincipalFacts {
  /** The organization of the caller's account, and the path to it: `o-…/r-…/`. */
  readonly organization?: { readonly id: string; readonly path: string };
  /** Tags of the user or role, and session tags over them. */
  readonly tags?: Iterable<readonly [key: string, value: string]>;
  /** Of temporary credentials: when they were issued, in milliseconds since 1970. */
  readonly issuedAt?: number;
  readonly sourceIdentity?: string;
  /** Of temporary credentials that were asked for with an MFA device. */
  readonly withMfa?: boolean;
  /** What the token of an identity provider says, by condition key, any case: `accounts.google.com:sub`. */
  readonly claims?: Iterable<readonly [key: string, value: string | readonly string[]]>;
}

/** Values of condition keys, by key in lower case. */
export type ContextValues = ReadonlyMap<string, string | readonly string[]>;

/** Families end in `/`. */
const principalKeys: readonly string[] = [
  "aws:principalarn",
  "aws:principalaccount",
  "aws:principalorgid",
  "aws:principalorgpaths",
  "aws:principalisawsservice",
  "aws:principalservicename",
  "aws:principalservicenameslist",
  "aws:principaltype",
  "aws:principaltag/",
  "aws:userid",
  "aws:username",
  "aws:tokenissuetime",
  "aws:sourceidentity",
  "aws:federatedprovider",
  "aws:assumedroot",
];

/** Whether the key says who calls, so that a caller cannot choose its value. */
export function isPrincipalKey(key: string): boolean {
  const name = key.toLowerCase();
  return principalKeys.some((one) => (one.endsWith("/") ? name.startsWith(one) : name === one));
}

/**
 * The keys of a caller, the same for the gateway, `explain` and the simulators.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 */
export function principalContext(principal: Principal, facts: PrincipalFacts = {}): ContextValues {
  const context = new Map<string, string | readonly string[]>(ownKeys(principal));
  if (facts.organization !== undefined) {
    context.set("aws:principalorgid", facts.organization.id);
    context.set("aws:principalorgpaths", [facts.organization.path]);
  }
  if (facts.issuedAt !== undefined) {
    context.set("aws:tokenissuetime", new Date(facts.issuedAt).toISOString());
    // "This key is in the request context only when the principal uses temporary security credentials".
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    context.set("aws:multifactorauthpresent", String(facts.withMfa ?? false));
  }
  if (facts.sourceIdentity !== undefined) context.set("aws:sourceidentity", facts.sourceIdentity);
  for (const [key, value] of facts.claims ?? []) context.set(key.toLowerCase(), value);
  for (const [key, value] of facts.tags ?? []) context.set(`aws:principaltag/${key.toLowerCase()}`, value);
  return context;
}

function ownKeys(principal: Principal): readonly (readonly [string, string | readonly string[]])[] {
  // Who signs nothing has no `aws:PrincipalIsAWSService`: it is there "for all signed API requests that use AWS credentials. Anonymous
  // requests do not include this key", and a token of an identity provider is no AWS credential.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalisawsservice
  if (principal.kind === "anonymous")
    return [
      ["aws:principaltype", "Anonymous"],
      ["aws:userid", "anonymous"],
    ];
  if (principal.kind === "service")
    return [
      ["aws:principalisawsservice", "true"],
      ["aws:principalservicename", principal.service],
      ["aws:principalservicenameslist", [principal.service]],
    ];
  if (principal.kind === "web-identity") return [["aws:federatedprovider", principal.provider]];
  return [
    ["aws:principalarn", principal.kind === "role-session" ? principal.roleArn : principal.arn],
    ["aws:principalaccount", principal.accountId],
    ["aws:principalisawsservice", "false"],
    ...kindKeys(principal),
  ];
}

function kindKeys(
  principal: Extract<Principal, { accountId: string }>,
): readonly (readonly [string, string | readonly string[]])[] {
  switch (principal.kind) {
    case "root":
      return [
        ["aws:principaltype", "Account"],
        ["aws:userid", principal.accountId],
      ];
    case "user":
    case "user-session":
      return [
        ["aws:principaltype", "User"],
        ["aws:userid", principal.userId],
        ["aws:username", principal.userName],
      ];
    case "federated-user":
      return [
        ["aws:principaltype", "FederatedUser"],
        ["aws:userid", principal.userId],
      ];
    case "role-session":
      return [
        ["aws:principaltype", "AssumedRole"],
        ["aws:userid", `${principal.roleId}:${principal.sessionName}`],
        ...(principal.provider === undefined ? [] : [["aws:federatedprovider", principal.provider] as const]),
      ];
  }
}
