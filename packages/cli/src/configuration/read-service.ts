import type { Context } from "../command-line/context.ts";
import type { OptionValues } from "../command-line/definition.ts";
import { CommandError } from "../command-line/failures.ts";
import { parseArn } from "@s3-credentials/policy";
import { textField } from "../formats/json.ts";
import { failedWith } from "../output/errors.ts";
import { openServices, type Services } from "../plan/services.ts";
import { listBuckets } from "../service/buckets.ts";
import type { Connection } from "../service/connection.ts";
import { need } from "../service/providers.ts";
import { decodeDocument } from "../service/document.ts";
import { type AskOrganization, organizationService } from "../service/organization-service.ts";
import { type Configuration, entitiesOf, ofKind, textOf, textsOf } from "./configuration.ts";
import type { PolicyVersions } from "./plan-policies.ts";
import { readAccount } from "./read-account.ts";
import { readOrganization } from "./read-organization.ts";

/** The service whose configuration is read and changed, and as whom. */
export interface Place {
  readonly connection: Connection;
  readonly services: Services;
  readonly ask: AskOrganization;
  readonly account: string;
  /** ARN of the caller. */
  readonly caller: string;
  readonly partition: string;
  /** What is made is known at once, which AWS does not promise. */
  readonly consistent: boolean;
}

/** With the ids that calls need, and what is left alone. */
export interface ServiceState {
  readonly configuration: Configuration;
  /** Undefined: not of a management account, or not asked. */
  readonly organization: { readonly ids: ReadonlyMap<string, string>; readonly left: readonly string[] } | undefined;
}

export async function openPlace(context: Context, options: OptionValues): Promise<Place> {
  const { connection, services } = await openServices(context, options);
  need(connection.provider, "users", "export or apply a configuration");
  need(connection.provider, "managed-policies", "export or apply a configuration");
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const { Account: account = "", Arn: caller = "" } = await services.sts.send(new GetCallerIdentityCommand({}));
  if (!/^\d{12}$/.test(account))
    throw new CommandError("the service does not say of which account these credentials are");
  const partition = parseArn(caller)?.partition ?? services.partition;
  const consistent = connection.endpoints.iam !== undefined;
  return { connection, services, ask: organizationService(connection), account, caller, partition, consistent };
}

/** `settings`: those of buckets too, and not their policies alone. */
export async function readService(place: Place, withOrganization: boolean, settings = true): Promise<ServiceState> {
  const { services, ask, account, partition } = place;
  const entities = await readAccount(services, { settings, isAws: !place.consistent });
  const organization = withOrganization ? await readOrganization(ask, account) : undefined;
  return {
    configuration: { account, partition, entities: entitiesOf([...entities, ...(organization?.entities ?? [])]) },
    organization,
  };
}

export async function bucketNames({ s3 }: Services): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const bucket of listBuckets(s3)) names.add(textField(bucket, "Name"));
  return names;
}

/** The documents of the managed policies that entities have and that are not in the configuration; `undefined` for what is not there. */
export async function foreignPolicies(
  { iam }: Services,
  ...configurations: readonly Configuration[]
): Promise<ReadonlyMap<string, string | undefined>> {
  const { GetPolicyCommand, GetPolicyVersionCommand } = await import("@aws-sdk/client-iam");
  const arns = configurations.flatMap((configuration) =>
    (["users", "groups", "roles"] as const)
      .flatMap((kind) => ofKind(configuration, kind))
      .flatMap((entity) => [...textsOf(entity, "AttachedManagedPolicies"), textOf(entity, "PermissionsBoundary")])
      .filter((arn) => arn !== "" && parseArn(arn)?.account !== configuration.account),
  );
  const found = new Map<string, string | undefined>();
  for (const PolicyArn of new Set(arns))
    try {
      const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
      const VersionId = Policy?.DefaultVersionId;
      const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
      found.set(PolicyArn, decodeDocument(PolicyVersion?.Document ?? ""));
    } catch (error) {
      if (!failedWith(error, "NoSuchEntity", "NoSuchEntityException", "ValidationError", "InvalidInput")) throw error;
      found.set(PolicyArn, undefined);
    }
  return found;
}

export async function policyVersions(
  { iam }: Services,
  arns: readonly string[],
): Promise<ReadonlyMap<string, PolicyVersions>> {
  const { paginateListPolicyVersions } = await import("@aws-sdk/client-iam");
  const found = new Map<string, PolicyVersions>();
  for (const PolicyArn of arns) {
    const versions: { readonly id: string; readonly isDefault: boolean }[] = [];
    for await (const { Versions } of paginateListPolicyVersions({ client: iam }, { PolicyArn }))
      for (const { VersionId = "", IsDefaultVersion } of Versions ?? [])
        versions.push({ id: VersionId, isDefault: IsDefaultVersion === true });
    const number = (id: string): number => Number(id.slice(1));
    const ids = versions.map(({ id }) => id).toSorted((one, other) => number(one) - number(other));
    found.set(PolicyArn, { ids, current: versions.find(({ isDefault }) => isDefault)?.id ?? "" });
  }
  return found;
}
