/**
 * Who may make a request. There are infinitely many principals, but a policy tells only finitely many kinds apart: nobody, each principal
 * that it names, and some other user, role session … of each account that it names and of one that it does not name.
 */
import type { Policy } from "../model/policy.ts";
import { policyDocument } from "../parse/print.ts";
import { type Budget, CannotDecide } from "./budget.ts";
import { type Caller, type CallerKind, keysOf, knownCaller, someCaller, someService, tellsCaller } from "./callers.ts";
import { entriesOf, namedCallers } from "./named-callers.ts";

/** Everything that is written in the documents, to find what they name. */
function writtenIn(policies: readonly Policy[]): string {
  return JSON.stringify(policies.map(policyDocument));
}

function namedAccounts(policies: readonly Policy[]): readonly string[] {
  return [...new Set(writtenIn(policies).match(/(?<!\d)\d{12}(?!\d)/g))];
}

const accounts = ["999988887777", "888877776666", "777766665555"];

/** An account that the documents do not name. */
export function otherAccount(policies: readonly Policy[]): string {
  const written = writtenIn(policies);
  return accounts.find((one) => !written.includes(one)) ?? "666655554444";
}

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
  checkAccountPatterns(policies);
  for (const partition of partitionsOf(policies))
    for (const account of [other, ...namedAccounts(policies)])
      for (const kind of kinds) yield counted(someCaller(kind, account, { partition }), budget);
}

/** Callers of control policies, which limit the root of an account too, and, for what an account has, nobody in particular and services. */
export function* limitedCallers(policies: readonly Policy[], budget: Budget): Generator<Caller> {
  yield* attachedCallers(policies, budget);
  if (!asksWhoCalls(policies)) return;
  for (const partition of partitionsOf(policies))
    for (const account of [otherAccount(policies), ...namedAccounts(policies)])
      yield counted(someCaller("root", account, { partition }), budget);
  yield knownCaller({ kind: "anonymous" });
  yield counted(someService(), budget);
}

/** Callers that the policies of resources can tell apart. */
export function* resourceCallers(policies: readonly Policy[], budget: Budget): Generator<Caller> {
  checkAccountPatterns(policies);
  const entries = entriesOf(policies);
  const everywhere = [...new Set([otherAccount(policies), ...namedAccounts(policies)])];
  const partitions = partitionsOf(policies);
  const excluded = entries.flatMap((entry) =>
    "arn" in entry ? entry.arn : entry.kind === "unique-id" ? entry.id : [],
  );
  const distinct = (found: readonly string[]): readonly string[] => [...new Set(found)];
  const canonical = distinct(entries.flatMap((entry) => (entry.kind === "canonical-user" ? [entry.id] : [])));
  const providers = providersIn(policies);
  const services = distinct(entries.flatMap((entry) => (entry.kind === "service" ? [entry.service] : [])));
  yield knownCaller({ kind: "anonymous" });
  if (asksWhoCalls(policies)) yield counted(someService(), budget);
  for (const canonicalId of [undefined, ...canonical])
    for (const account of everywhere)
      for (const partition of partitions) {
        const more = { partition, excluded, ...(canonicalId === undefined ? {} : { canonicalId }) };
        const all = [...kinds, "session-token", "root"] as const;
        budget.spend(excluded.length * (all.length + providers.length));
        for (const kind of all) yield counted(someCaller(kind, account, more), budget);
        for (const provider of providers)
          yield counted(someCaller("role-session", account, { ...more, provider }), budget);
      }
  for (const canonicalId of [undefined, ...canonical])
    for (const account of everywhere)
      for (const partition of partitions) {
        budget.spend(entries.length);
        const place = { account, partition, excluded, ...(canonicalId === undefined ? {} : { canonicalId }) };
        for (const one of namedCallers(entries, place)) yield counted(one, budget, excluded.length);
      }
  for (const service of services) yield knownCaller({ kind: "service", service });
}

/** Whom a token of an identity provider names, while it asks for a role: a statement for everyone lets in nobody of them. */
export function tokenCallers(policies: readonly Policy[]): readonly Caller[] {
  return providersIn(policies).map((provider) =>
    knownCaller({ kind: "web-identity", provider, audience: "", subject: "" }),
  );
}

/** The identity providers that are named as principals. */
export function providersIn(policies: readonly Policy[]): readonly string[] {
  const entries = entriesOf(policies);
  return [...new Set(entries.flatMap((entry) => (entry.kind === "federated" ? [entry.provider] : [])))];
}

/** There may be as many as accounts times canonical ids times providers times names. `names`: as many are compared to find another one. */
function counted(caller: Caller, budget: Budget, names = 0): Caller {
  budget.spend(keptCaller + names);
  return caller;
}

const keptCaller = 200;

/** Account numbers are told apart by name only. */
export function checkAccountPatterns(policies: readonly Policy[]): void {
  for (const { statements } of policies)
    for (const { conditions } of statements)
      for (const { key, values } of conditions) {
        const name = key.toLowerCase();
        for (const { text } of values) {
          const account =
            name === "aws:principalaccount" ? text : name === "aws:principalarn" ? text.split(":")[4] : "";
          if (account !== undefined && /[*?]/.test(account) && /\d/.test(account))
            throw new CannotDecide(`a wildcard inside an account number in a condition on ${key}`);
        }
      }
}
