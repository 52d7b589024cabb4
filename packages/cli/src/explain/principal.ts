import { parseArn, type PrincipalPolicies } from "@s3-credentials/policy";
import type { IAMClient } from "@aws-sdk/client-iam";
import { failedWith } from "../output/errors.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { callerAccount } from "../service/caller.ts";
import type { Connection } from "../service/connection.ts";
import { policiesOfRole, policiesOfUser } from "../service/principal-policies.ts";

/** Whose policies are fetched. `account`: as the ARN says, when it was one. */
export interface NamedPrincipal {
  readonly kind: "user" | "role" | "root" | "anonymous";
  readonly name: string;
  readonly account?: string;
  /** Of a role: the session that asked. */
  readonly session?: string;
}

/** Reads the ARN of a user, a role or a session of a role, or `anonymous`. Undefined: the policies of this principal cannot be fetched. */
export function principalOfArn(text: string): NamedPrincipal | undefined {
  if (text === "anonymous") return { kind: "anonymous", name: text };
  const { account = "", resource = "" } = parseArn(text) ?? {};
  if (resource === "root") return { kind: "root", name: text, account };
  const [kind, ...path] = resource.split("/");
  const [first = "", session] = path;
  const last = path.at(-1) ?? "";
  if (kind === "user" && last !== "") return { kind: "user", name: last, account };
  if (kind === "role" && last !== "") return { kind: "role", name: last, account };
  if (kind !== "assumed-role" || first === "") return undefined;
  return { kind: "role", name: first, account, ...(session === undefined ? {} : { session }) };
}

/** `--user` and `--role` take a name or an ARN. */
export function principalOfOption(kind: "user" | "role", value: string): NamedPrincipal {
  if (!value.startsWith("arn:")) return { kind, name: value };
  const named = principalOfArn(value);
  if (named?.kind !== kind) throw new UsageError(`--${kind} ${value} is not the ARN of a ${kind}`);
  return named;
}

/** With everything attached to it. Throws `CommandError` when the ARN is of another account than the one asked. */
export async function fetchPolicies(
  connection: Connection,
  iam: IAMClient,
  named: NamedPrincipal,
): Promise<PrincipalPolicies> {
  const nothing = { layers: { identity: [], boundary: "none" }, tags: new Map<string, string>() } as const;
  if (named.kind === "anonymous") return { principal: { kind: "anonymous" }, ...nothing };
  if (named.kind === "root")
    return { principal: { kind: "root", accountId: named.account ?? "", arn: named.name }, ...nothing };
  try {
    const caller =
      named.kind === "user"
        ? await policiesOfUser(iam, named.name)
        : await policiesOfRole(iam, named.name, named.session ?? "explain");
    const { principal } = caller;
    if ("accountId" in principal) refuseOther(named, principal.accountId);
    return caller;
  } catch (error) {
    if (named.account !== undefined && failedWith(error, "NoSuchEntity", "NoSuchEntityException"))
      refuseOther(named, await callerAccount(connection));
    throw error;
  }
}

function refuseOther({ kind, name, account }: NamedPrincipal, asked: string | undefined): void {
  if (account === undefined || account === "" || asked === undefined || asked === account) return;
  throw new CommandError(
    `${kind} ${name} is of account ${account}, and the credentials used here are of account ${asked}; use credentials of account ${account}`,
  );
}
