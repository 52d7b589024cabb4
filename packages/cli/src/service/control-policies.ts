/** The policies of an organization that limit an account, as far as somebody may read them. */
import { type ControlPolicies, type Layers, namedProgram, type NamedProgram } from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import { type OptionValues, textOption } from "../command-line/definition.ts";
import { CommandError } from "../command-line/failures.ts";
import { isList, isObject, textField } from "../formats/json.ts";
import { describeError } from "../output/errors.ts";
import { type Connection, connectionOf } from "./connection.ts";
import {
  type AskOrganization,
  listedBy,
  managementAccount,
  NoOrganizations,
  organizationService,
} from "./organization-service.ts";

/** Only the management account may read control policies, and it is another account than the one that they limit. */
export const organizationProfileOption = {
  name: "organization-profile",
  value: "NAME",
  summary:
    "profile of the organization's management account, so that the control policies that limit this account count",
} as const;

export interface KnownControls {
  readonly controls: ControlPolicies;
  /** A sentence, when some may limit the account that could not be read. */
  readonly notCounted: string | undefined;
}

function noControls(account: string, notCounted?: string): KnownControls {
  return { controls: { account, service: [], resource: [] }, notCounted };
}

/** `connection`: of the account that is asked about. */
export async function controlPolicies(
  context: Context,
  options: OptionValues,
  connection: Connection,
  account: string,
): Promise<KnownControls> {
  const profile = textOption(options, organizationProfileOption.name);
  if (profile === undefined) return readControls(organizationService(connection), account, true);
  const organization = await connectionOf(context, asProfile(options, profile));
  return readControls(organizationService(organization), account, false);
}

/** The same service, with the keys of a profile and no others. */
function asProfile(options: OptionValues, profile: string): OptionValues {
  const keys = ["access-key", "secret-key", "session-token", "auth", "local"];
  const rest = [...options].filter(([name]) => !keys.includes(name));
  return new Map([...rest, ...(options.has("local") ? [["provider", "local"] as const] : []), ["profile", profile]]);
}

/** `mayFail`: nobody said that they can be read. */
async function readControls(ask: AskOrganization, account: string, mayFail: boolean): Promise<KnownControls> {
  let management: string | undefined;
  try {
    management = await managementAccount(ask);
  } catch (error) {
    if (error instanceof NoOrganizations) return noControls(account);
    if (!mayFail) throw error;
    const notCounted = `Control policies are not counted, because it is not known whether account ${account} is in an organization: ${describeError(error)}`;
    return noControls(account, notCounted);
  }
  if (management === undefined || management === account) return noControls(account);
  try {
    const path = await pathOf(ask, account);
    const enabled = await enabledTypes(ask);
    const levels = (type: ControlType) => (enabled.includes(type) ? levelsOf(ask, path, type) : []);
    const service = await levels("SERVICE_CONTROL_POLICY");
    const resource = await levels("RESOURCE_CONTROL_POLICY");
    return { controls: { account, service, resource }, notCounted: undefined };
  } catch (error) {
    if (!mayFail) throw error;
    const notCounted = `Control policies of the organization are not counted: what they deny account ${account} is not known. Its management account ${management} may read them: --${organizationProfileOption.name}`;
    return noControls(account, notCounted);
  }
}

export type ControlType = "SERVICE_CONTROL_POLICY" | "RESOURCE_CONTROL_POLICY";

/** The root, the units below it, and the account. */
async function pathOf(ask: AskOrganization, child: string): Promise<readonly string[]> {
  for await (const parent of listedBy(ask, "ListParents", "Parents", { ChildId: child })) {
    const id = textField(parent, "Id");
    return [...(textField(parent, "Type") === "ROOT" ? [id] : await pathOf(ask, id)), child];
  }
  throw new CommandError(`the organization does not say what ${child} is in`);
}

async function enabledTypes(ask: AskOrganization): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const root of listedBy(ask, "ListRoots", "Roots")) {
    const known = root.get("PolicyTypes");
    for (const one of isList(known) ? known.filter(isObject) : [])
      if (textField(one, "Status") === "ENABLED") types.push(textField(one, "Type"));
  }
  return types;
}

async function levelsOf(
  ask: AskOrganization,
  path: readonly string[],
  type: ControlType,
): Promise<Layers["guardrails"]> {
  const programs = new Map<string, NamedProgram>();
  const levels: NamedProgram[][] = [];
  for (const TargetId of path) {
    const level: NamedProgram[] = [];
    for await (const summary of listedBy(ask, "ListPoliciesForTarget", "Policies", { TargetId, Filter: type })) {
      const id = textField(summary, "Id");
      let program = programs.get(id);
      if (program === undefined) {
        const text = summary.get("AwsManaged") === true ? awsControlPolicy : await contentOf(ask, id);
        const name = textField(summary, "Name");
        const kind = type === "SERVICE_CONTROL_POLICY" ? "service-control" : "resource-control";
        program = namedProgram({ kind, name, id }, text, controlKind(type, text));
        programs.set(id, program);
      }
      level.push(program);
    }
    levels.push(level);
  }
  return levels;
}

/** AWS's own policies of both types allow everything. */
export const awsControlPolicy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

/** Only AWS's own resource control policy may allow. */
export function controlKind(type: ControlType, text: string): "guardrail" | "resource-guardrail" {
  return type === "SERVICE_CONTROL_POLICY" || text === awsControlPolicy ? "guardrail" : "resource-guardrail";
}

async function contentOf(ask: AskOrganization, PolicyId: string): Promise<string> {
  const policy = (await ask("DescribePolicy", { PolicyId })).get("Policy");
  return isObject(policy) ? textField(policy, "Content") : "";
}
