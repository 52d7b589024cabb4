/** What a change of an organization's control policies makes of the rights in its accounts. */
import { allowedAll, compareLayers, type Layers, namedProgram } from "@s3-credentials/policy";
import { awsControlPolicy, controlKind, type ControlType } from "../service/control-policies.ts";
import { type Configuration, documentOf, entityKey, ofKind, textsOf } from "./configuration.ts";
import { targetsOf } from "./plan-organization.ts";
import { policyTypes } from "./read-organization.ts";
import type { Verdict } from "./verdict.ts";

/** Whom the policies of a type limit: "SCPs affect principals, RCPs affect resources". */
const limited: Readonly<Record<ControlType, (accounts: string) => string>> = {
  SERVICE_CONTROL_POLICY: (accounts) => `users and roles of ${accounts} (service control policies)`,
  RESOURCE_CONTROL_POLICY: (accounts) => `callers of the resources of ${accounts} (resource control policies)`,
};

/** What limits one account, and all its documents, which say whether anything is another. */
interface Limits {
  readonly guardrails: Layers["guardrails"];
  readonly text: string;
}

/**
 * For the accounts that something changes for, those with the same policies together. The management account is none of them: no control
 * policy limits it, wherever it is attached.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
 */
export function controlVerdicts(before: Configuration, after: Configuration): readonly Verdict[] {
  const names = [...ofKind(before, "accounts"), ...ofKind(after, "accounts")].map(({ name }) => name);
  const accounts = [...new Set(names)].map((name) => [name, `account ${name}`] as const);
  const others = ["", "any other account"] as const;
  return (Object.keys(policyTypes) as ControlType[]).flatMap((type) => {
    const changed = new Map<string, { readonly was: Limits; readonly is: Limits; readonly words: string[] }>();
    for (const [name, words] of [...accounts, others]) {
      const was = limitsOf(before, type, name, isEnabled(before, type));
      // What a file leaves out is not turned off.
      const is = limitsOf(after, type, name, isEnabled(before, type) || isEnabled(after, type));
      if (was.text === is.text) continue;
      const key = JSON.stringify([was.text, is.text]);
      const same = changed.get(key) ?? { was, is, words: [] };
      changed.set(key, same);
      same.words.push(words);
    }
    return [...changed.values()].map(({ was, is, words }) => ({
      of: limited[type](listed(words)),
      change: compareLayers(within(was, type), within(is, type)),
    }));
  });
}

const maxListed = 5;

function listed(words: readonly string[]): string {
  const more = words.length - maxListed;
  const shown = words.slice(0, maxListed).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** Where nothing is said of the organization, its policies count. */
function isEnabled(configuration: Configuration, type: ControlType): boolean {
  const organization = configuration.entities.get(entityKey("organization", ""));
  return organization === undefined || textsOf(organization, "PolicyTypes").includes(type);
}

/** At the root, and at the account; `account` is empty for one that has none of its own. */
function limitsOf(configuration: Configuration, type: ControlType, account: string, enabled: boolean): Limits {
  if (!enabled) return { guardrails: [], text: "" };
  const kind = policyTypes[type];
  const levels = ["ROOT", account].map((target) => {
    const attached = ofKind(configuration, kind)
      .filter((policy) => targetsOf(policy).includes(target))
      .map((policy): readonly [string, string] => [
        policy.name,
        policy.members.get("AwsManaged") === true ? awsControlPolicy : documentOf(policy, "Content"),
      ]);
    // AWS's own policy is attached where none is known, and its own resource control policy everywhere.
    const isAws = attached.length === 0 || type === "RESOURCE_CONTROL_POLICY";
    return isAws ? [...attached, ["AWS's own", awsControlPolicy] as const] : attached;
  });
  return {
    guardrails: levels.map((level) => level.map(([name, text]) => namedProgram(name, text, controlKind(type, text)))),
    text: JSON.stringify(levels.map((level) => level.map(([, text]) => text).toSorted())),
  };
}

/** Where policies of the caller, of its session and, for what an account has, of the resource allow everything. */
function within({ guardrails }: Limits, type: ControlType): Layers {
  const own = allowedAll();
  const resource = type === "RESOURCE_CONTROL_POLICY" ? ({ kind: "resource", policy: forEveryone } as const) : "none";
  return { guardrails, ...own, sessions: [own.identity], resource };
}

const forEveryone = namedProgram(
  "the policy of the resource",
  JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" },
  }),
  "resource",
);
