/** Everybody in an account with all their policies, from the one answer that has them all. */
import type { NamedProgram } from "../engine/program.ts";
import { parseArn } from "../match/arn.ts";
import { policyNameOf } from "../model/policy-origin.ts";
import type { PolicyKind } from "../model/policy.ts";
import { namedProgram, type PrincipalPolicies, roleSession, sessionsOf } from "./principal-policies.ts";

/** A member that a service left out is absent or undefined. */
type Optional<T> = T | undefined;

interface InlinePolicy {
  readonly PolicyName?: Optional<string>;
  /** The text, not URL-encoded. */
  readonly PolicyDocument?: Optional<string>;
}

interface WithPolicies {
  readonly AttachedManagedPolicies?: Optional<readonly { readonly PolicyArn?: Optional<string> }[]>;
}

interface WithBoundary {
  readonly Arn?: Optional<string>;
  readonly PermissionsBoundary?: Optional<{ readonly PermissionsBoundaryArn?: Optional<string> }>;
  readonly Tags?: Optional<readonly { readonly Key?: Optional<string>; readonly Value?: Optional<string> }[]>;
}

/**
 * The members of GetAccountAuthorizationDetails that decide, all pages together.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
 */
export interface AccountDetails {
  readonly UserDetailList: readonly (WithPolicies &
    WithBoundary & {
      readonly UserName?: Optional<string>;
      readonly UserId?: Optional<string>;
      readonly UserPolicyList?: Optional<readonly InlinePolicy[]>;
      /** Names of groups. */
      readonly GroupList?: Optional<readonly string[]>;
    })[];
  readonly GroupDetailList: readonly (WithPolicies & {
    readonly GroupName?: Optional<string>;
    readonly GroupPolicyList?: Optional<readonly InlinePolicy[]>;
  })[];
  readonly RoleDetailList: readonly (WithPolicies &
    WithBoundary & {
      readonly RoleName?: Optional<string>;
      readonly RoleId?: Optional<string>;
      readonly RolePolicyList?: Optional<readonly InlinePolicy[]>;
      /** The trust policy: the text, not URL-encoded. */
      readonly AssumeRolePolicyDocument?: Optional<string>;
    })[];
  readonly Policies: readonly {
    readonly Arn?: Optional<string>;
    readonly PolicyVersionList?: Optional<
      readonly { readonly Document?: Optional<string>; readonly IsDefaultVersion?: Optional<boolean> }[]
    >;
  }[];
}

type ManagedPolicy = (arn: string, kind: PolicyKind, group?: string) => NamedProgram;

/** The users, then the roles, each role as a session of it. A managed policy that is not in the answer denies: it could not be read. */
export function accountPrincipals(details: AccountDetails): readonly PrincipalPolicies[] {
  const managed = managedPolicies(details);
  const groups = new Map(
    details.GroupDetailList.map((group) => {
      const { GroupName: name = "" } = group;
      return [name, [...inline(group.GroupPolicyList, name), ...attached(group, managed, name)]] as const;
    }),
  );
  const users = details.UserDetailList.map((user): PrincipalPolicies => {
    const { Arn: arn = "", UserId: userId = "", UserName: userName = "", GroupList = [] } = user;
    const inherited = GroupList.flatMap((name) => groups.get(name) ?? []);
    return {
      principal: { kind: "user", accountId: parseArn(arn)?.account ?? "", arn, userId, userName },
      layers: {
        identity: [...inline(user.UserPolicyList), ...attached(user, managed), ...inherited],
        boundary: boundaryOf(user, managed),
      },
      tags: tagsOf(user),
    };
  });
  const roles = details.RoleDetailList.map((role): PrincipalPolicies => {
    const { Arn: roleArn = "", RoleId: roleId = "", RoleName: roleName = "" } = role;
    return {
      principal: roleSession({ roleArn, roleName, roleId }, "session"),
      layers: {
        identity: [...inline(role.RolePolicyList), ...attached(role, managed)],
        boundary: boundaryOf(role, managed),
      },
      tags: tagsOf(role),
      standsFor: sessionsOf(role.AssumeRolePolicyDocument ?? ""),
    };
  });
  return [...users, ...roles];
}

function managedPolicies({ Policies }: AccountDetails): ManagedPolicy {
  const documents = new Map(
    Policies.map(({ Arn, PolicyVersionList = [] }) => [
      Arn,
      PolicyVersionList.find(({ IsDefaultVersion }) => IsDefaultVersion === true)?.Document ?? "",
    ]),
  );
  const compiled = new Map<string, NamedProgram>();
  return (arn, kind, group) => {
    const key = `${kind} ${arn}`;
    const known = compiled.get(key) ?? namedProgram({ kind: "managed", arn }, documents.get(arn) ?? "", kind);
    compiled.set(key, known);
    if (group === undefined) return known;
    const origin = { kind: "managed", arn, group } as const;
    return { name: policyNameOf(origin), origin, program: known.program };
  };
}

function inline(policies: readonly InlinePolicy[] = [], group?: string): readonly NamedProgram[] {
  return policies.map(({ PolicyName: name = "", PolicyDocument: text = "" }) =>
    namedProgram({ kind: "inline", name, group }, text, "identity"),
  );
}

function attached(
  { AttachedManagedPolicies = [] }: WithPolicies,
  managed: ManagedPolicy,
  group?: string,
): readonly NamedProgram[] {
  return AttachedManagedPolicies.map(({ PolicyArn = "" }) => managed(PolicyArn, "identity", group));
}

function boundaryOf({ PermissionsBoundary }: WithBoundary, managed: ManagedPolicy): NamedProgram | "none" {
  const arn = PermissionsBoundary?.PermissionsBoundaryArn;
  return arn === undefined ? "none" : managed(arn, "boundary");
}

function tagsOf({ Tags = [] }: WithBoundary): ReadonlyMap<string, string> {
  return new Map(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
}
