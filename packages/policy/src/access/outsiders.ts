import { accountBut } from "../compare/account-numbers.ts";
import { tellsCaller } from "../compare/callers.ts";
import type { Layers } from "../engine/program.ts";
import { parseArn } from "../match/arn.ts";
import type { Policy, PrincipalEntry } from "../model/policy.ts";
import type { Principal } from "../model/request.ts";
import type { ResourceLayers } from "./bucket-layers.ts";
import { allowedAll, principalAlone, type PrincipalPolicies } from "./principal-policies.ts";

const nothing = { layers: { identity: [], boundary: "none" }, tags: new Map<string, string>() } as const;

/** Everybody of another account, whose own policies allow everything. */
function everybodyOf(accountId: string, canonicalId?: string): PrincipalPolicies {
  const principal: Principal = {
    kind: "user",
    accountId,
    ...(canonicalId === undefined ? {} : { canonicalId }),
    arn: `arn:aws:iam::${accountId}:user/anybody`,
    userId: "AIDAANYBODYANYBODYANY",
    userName: "anybody",
  };
  return { principal, ...allowedByOwn(), tags: new Map(), standsFor: { kind: "account", canonicalId } };
}

/** Session policies are those of a federated user, who has none of its own. */
function allowedByOwn(): Pick<PrincipalPolicies, "layers"> {
  const layers = allowedAll();
  return { layers: { ...layers, sessions: [layers.identity] } };
}

export interface OutsideQuestion {
  /** Which has the resource. */
  readonly account: string;
  readonly action: string;
}

export interface Outsider {
  readonly caller: PrincipalPolicies;
  /** Names of larger groups that it is in. */
  readonly within: readonly string[];
}

const everyone = "everyone, including anonymous callers";
const anybody = "anybody with an account whose policies allow it";
const anybodyOf = (account: string): string => `anybody of the account ${account} whose policies allow it`;

/**
 * Everybody but the users and roles of an account, by how a person would say it, from all to those whom the resource's policy or an ACL
 * names: each of them stands for its group.
 */
export function outsidersOf(
  { layer, outside, ownerId }: ResourceLayers,
  { account, action }: OutsideQuestion,
): ReadonlyMap<string, Outsider> {
  const policy = policyOf(outside);
  const entries = policy === undefined ? [] : lettingIn(policy);
  const accounts = [
    ...new Set([...entries.flatMap(accountOf), ...(policy === undefined ? [] : accountsAsked(policy))]),
  ];
  const other = accountBut((one) => one === account || accounts.includes(one));
  const found = new Map<string, Outsider>([
    [everyone, { caller: { principal: { kind: "anonymous" }, ...nothing }, within: [] }],
    [anybody, { caller: everybodyOf(other), within: [everyone] }],
  ]);
  const groups = [everyone, anybody];
  for (const one of accounts)
    if (one !== account) found.set(anybodyOf(one), { caller: everybodyOf(one), within: groups });
  for (const entry of entries) {
    if (entry.kind === "canonical-user" && entry.id !== ownerId) {
      const name = `anybody of the account with the canonical user id ${entry.id} whose policies allow it`;
      found.set(name, { caller: everybodyOf(other, entry.id), within: groups });
    }
    const of = "arn" in entry ? (parseArn(entry.arn)?.account ?? account) : account;
    const named = "arn" in entry && of !== account ? principalAlone(entry.arn) : undefined;
    if ("arn" in entry && named !== undefined)
      found.set(`${entry.arn}, whose own policies have to allow it`, {
        caller: { ...named, ...allowedByOwn(), standsFor: { kind: "entry", entry } },
        within: [...groups, anybodyOf(of)],
      });
  }
  const whole = policyOf(layer);
  for (const entry of whole === undefined ? [] : lettingIn(whole)) {
    const add = (name: string, caller: PrincipalPolicies): void => void found.set(name, { caller, within: [everyone] });
    if (entry.kind === "service")
      add(`the service ${entry.service}`, { principal: { kind: "service", service: entry.service }, ...nothing });
    // Federated users of the account itself are neither its users nor its roles.
    if (entry.kind === "federated-user" && parseArn(entry.arn)?.account === account) {
      const alone = principalAlone(entry.arn);
      if (alone !== undefined) add(entry.arn, { ...alone, standsFor: { kind: "entry", entry } });
    }
    if (entry.kind === "federated" && isAskedByToken(action)) {
      const { provider } = entry;
      const principal = { kind: "web-identity", provider, audience: "", subject: "" } as const;
      add(`whoever signs in through ${provider}`, { principal, ...nothing });
    }
  }
  return found;
}

/** Whether callers of the action show the token of an identity provider instead of signing the request. */
export function isAskedByToken(action: string): boolean {
  return action.toLowerCase() === "sts:assumerolewithwebidentity";
}

/** The policy of the resource as it counts for somebody: what is left of a restricted public one is for who is outside the account. */
export function layerFor(
  principal: Principal,
  { layer, outside }: Pick<ResourceLayers, "layer" | "outside">,
  account: string | undefined,
): Layers["resource"] {
  if (principal.kind === "service" || principal.kind === "web-identity") return layer;
  return "accountId" in principal && principal.accountId === (account ?? principal.accountId) ? layer : outside;
}

function policyOf(layer: Layers["resource"]): Policy | undefined {
  return layer === "none" || layer.policy.program === "unreadable" ? undefined : layer.policy.program.source;
}

/** Whom an Allow names, and whom a Deny spares. */
function lettingIn({ statements }: Policy): readonly PrincipalEntry[] {
  return statements.flatMap(({ effect, principal }) =>
    principal !== undefined && principal.negated === (effect === "Deny") ? principal.entries : [],
  );
}

function accountOf(entry: PrincipalEntry): readonly string[] {
  if (entry.kind === "account") return [entry.accountId];
  return entry.kind === "federated" ? (/(?<=:)\d{12}(?=:)/.exec(entry.provider) ?? []) : [];
}

/** Accounts in conditions on who calls. */
function accountsAsked({ statements }: Policy): readonly string[] {
  return statements.flatMap(({ conditions }) =>
    conditions
      .filter(({ key }) => tellsCaller(key.toLowerCase()))
      .flatMap(({ values }) => values.flatMap(({ text }) => text.match(/(?<!\d)\d{12}(?!\d)/g) ?? [])),
  );
}
