/**
 * Who may make a request. There are infinitely many principals, but a policy tells only finitely many kinds apart: nobody, each principal
 * that it names, and some other user, role session … of each account that it names and of one that it does not name.
 */
import type { Policy } from "../model/policy.ts";
import { checkAccountNumbers, namedAccounts, otherAccount, writtenIn } from "./account-numbers.ts";
import type { Budget } from "./budget.ts";
import { type Caller, type CallerKind, keysOf, knownCaller, someCaller, someService, tellsCaller } from "./callers.ts";
import { type CallerPlace, entriesOf, namedCallers, providersOf } from "./named-callers.ts";

function partitionsOf(policies: readonly Policy[]): readonly string[] {
  return [...new Set(["aws", ...(writtenIn(policies).match(/(?<=arn:)aws-[a-z-]+(?=:)/g) ?? [])])];
}

export const kinds: readonly CallerKind[] = ["user", "role-session", "user-session", "federated-user"];

/** Whether a condition or a variable of the documents asks who calls. */
export function asksWhoCalls(policies: readonly Policy[]): boolean {
  return policies.some(({ statements }) => statements.some((statement) => keysOf(statement).some(tellsCaller)));
}

/** Callers of policies that are attached to them. One is enough where the policies do not ask who calls. */
export function* attachedCallers(policies: readonly Policy[], budget: Budget): Generator<Caller> {
  const other = otherAccount(policies);
  if (!asksWhoCalls(policies)) {
    yield someCaller("user", other);
    return;
  }
  checkAccountNumbers(policies);
  for (const partition of partitionsOf(policies))
    for (const account of [other, ...namedAccounts(policies)])
      for (const kind of kinds) yield counted(someCaller(kind, account, { partition }), budget);
}

/** Callers of control policies, which limit the root of an account too, and, for its resources, anonymous callers and services. */
export function* limitedCallers(policies: readonly Policy[], budget: Budget): Generator<Caller> {
  yield* attachedCallers(policies, budget);
  if (!asksWhoCalls(policies)) return;
  for (const partition of partitionsOf(policies))
    for (const account of [otherAccount(policies), ...namedAccounts(policies)])
      yield counted(someCaller("root", account, { partition }), budget);
  yield knownCaller({ kind: "anonymous" });
  yield counted(someService([]), budget);
}

/** Callers that the policies of resources can tell apart. */
export function* resourceCallers(policies: readonly Policy[], budget: Budget): Generator<Caller> {
  checkAccountNumbers(policies);
  const entries = entriesOf(policies);
  const excluded = entries.flatMap((entry) =>
    "arn" in entry ? entry.arn : entry.kind === "unique-id" ? entry.id : [],
  );
  const services = [...new Set(entries.flatMap((entry) => (entry.kind === "service" ? [entry.service] : [])))];
  const providers = providersIn(policies);
  yield knownCaller({ kind: "anonymous" });
  if (asksWhoCalls(policies)) yield counted(someService(services), budget);
  for (const { account, ...more } of placesIn(policies, excluded)) {
    const all = [...kinds, "session-token", "root"] as const;
    budget.spend(excluded.length * (all.length + providers.length));
    for (const kind of all) yield counted(someCaller(kind, account, more), budget);
    for (const provider of providers) yield counted(someCaller("role-session", account, { ...more, provider }), budget);
  }
  for (const place of placesIn(policies, excluded)) {
    budget.spend(entries.length);
    for (const one of namedCallers(entries, place)) yield counted(one, budget, excluded.length);
  }
  for (const service of services) yield knownCaller({ kind: "service", service });
}

/** Each account in each partition, with each canonical user id that is named, any of which may be that of any account. */
function* placesIn(policies: readonly Policy[], excluded: readonly string[]): Generator<CallerPlace> {
  const named = entriesOf(policies).flatMap((entry) => (entry.kind === "canonical-user" ? [entry.id] : []));
  const accounts = new Set([otherAccount(policies), ...namedAccounts(policies)]);
  const partitions = partitionsOf(policies);
  for (const canonicalId of new Set([undefined, ...named]))
    for (const account of accounts)
      for (const partition of partitions)
        yield { account, partition, excluded, ...(canonicalId === undefined ? {} : { canonicalId }) };
}

/** Whom a token of an identity provider names, while it asks for a role: a statement for everyone lets in none of them. */
export function tokenCallers(policies: readonly Policy[]): readonly Caller[] {
  return providersIn(policies).map((provider) =>
    knownCaller({ kind: "web-identity", provider, audience: "", subject: "" }),
  );
}

/** The identity providers that are named as principals. */
export function providersIn(policies: readonly Policy[]): readonly string[] {
  return providersOf(entriesOf(policies));
}

/** There may be as many as accounts times canonical ids times providers times names. `names`: how many were compared to find one that is free. */
function counted(caller: Caller, budget: Budget, names = 0): Caller {
  budget.spend(keptCaller + names);
  return caller;
}

const keptCaller = 200;
