import { type Layers, type NamedProgram, type Principal, principalContext } from "@s3-credentials/policy";
import type { XmlNode } from "@s3-credentials/protocol";
import { isRefusal, type OperationContext, type Refusal, refuse } from "../operation.ts";
import { checkText, type Field, type FieldSource, list, optional, required, text, Violation } from "../query/fields.ts";
import { defineIam } from "./define-iam.ts";
import { accountOf } from "./identities.ts";
import { policySourceArn, requireSource, sourceTarget } from "./policy-sources.ts";
import { documentRule, placedPageFields, policyDocument } from "./iam-fields.ts";
import { pageElements } from "./shapes.ts";
import { evaluationResults, givenPolicy, type Simulation } from "./simulation.ts";

/** Without a pattern: a key of an object may have any character. https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html */
const arnRule = { min: 1, max: 2048 } as const;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ContextEntry.html */
const contextKeyTypes = ["string", "numeric", "boolean", "ip", "binary", "date"].flatMap((type) => [
  type,
  `${type}List`,
]);

const maxContextEntries = 256;

/** The values of an entry: one text, or a list for the types of lists, which may be empty. */
function contextValue(parameters: FieldSource, at: string): string | readonly string[] | Violation {
  const name = `${at}.ContextKeyValues`;
  // `Name=` is how SDKs send an empty list.
  const plain = parameters.get(name);
  if (plain !== undefined && plain !== "") return new Violation(name, plain, "Member must be a list");
  const values: string[] = [];
  for (let n = 1; ; n += 1) {
    const value = parameters.get(`${name}.member.${n}`);
    if (value === undefined) break;
    const checked = checkText(`${name}.member.${n}`, value, { min: 0, max: 2048 });
    if (checked instanceof Violation) return checked;
    values.push(checked);
  }
  const type = parameters.get(`${at}.ContextKeyType`) ?? "string";
  if (!contextKeyTypes.includes(type))
    return new Violation(
      `${at}.ContextKeyType`,
      type,
      `Member must satisfy enum value set: [${contextKeyTypes.join(", ")}]`,
    );
  if (type.endsWith("List")) return values;
  const [only, ...others] = values;
  if (only !== undefined && others.length === 0) return only;
  return new Violation(name, undefined, "Member must hold one value, but for types of lists");
}

/** `ContextEntries.member.N` with a name, a type and values. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ContextEntry.html */
const contextEntries: Field<ReadonlyMap<string, string | readonly string[]>> = {
  read(parameters, name) {
    const found = new Map<string, string | readonly string[]>();
    for (let index = 1; ; index += 1) {
      const at = `${name}.member.${index}`;
      const key = parameters.get(`${at}.ContextKeyName`);
      if (key === undefined) return found;
      if (index > maxContextEntries)
        return new Violation(name, undefined, `Member must have length less than or equal to ${maxContextEntries}`);
      const checked = checkText(`${at}.ContextKeyName`, key, { min: 5, max: 256 });
      if (checked instanceof Violation) return checked;
      if (found.has(key.toLowerCase()))
        return new Violation(`${at}.ContextKeyName`, key, "Member must not be there twice, in any case of letters");
      const value = contextValue(parameters, at);
      if (value instanceof Violation) return value;
      found.set(key.toLowerCase(), value);
    }
  },
};

const shared = {
  ActionNames: required(list({ pattern: /^[\w-]+:\w+$/, shown: "[\\w-]+:\\w+", min: 3, max: 128 }, 128)),
  ResourceArns: list(arnRule, 256),
  ContextEntries: contextEntries,
  ResourcePolicy: optional(policyDocument),
  CallerArn: optional(text(arnRule)),
  PermissionsBoundaryPolicyInputList: list(documentRule, 1),
  ...placedPageFields,
} as const;

async function answer(
  simulation: Simulation,
  { Marker, MaxItems }: Pick<Given, "Marker" | "MaxItems">,
): Promise<readonly XmlNode[] | Refusal> {
  if (simulation.actions.length === 0)
    return refuse(
      "ValidationError",
      "Value null at 'actionNames' failed to satisfy constraint: Member must not be null",
    );
  const { items, next } = await evaluationResults(simulation, Marker, MaxItems);
  return pageElements("EvaluationResults", items, next);
}

/** Reading a document takes about as long as this many steps of matching for each of its characters. */
const readingSteps = 20;

/** Documents of a request with the names AWS gives them; the first one that is not a policy is refused. */
export async function readDocuments(
  { time }: OperationContext,
  word: string,
  documents: readonly string[],
  kind: "identity" | "boundary",
): Promise<readonly NamedProgram[] | Refusal> {
  const costs = documents.map(({ length }) => readingSteps * length);
  const read = await time.each(costs, (at) => givenPolicy(`${word}.${at + 1}`, documents[at] ?? "", kind));
  const policies: NamedProgram[] = [];
  for (const policy of read) {
    if (isRefusal(policy)) return policy;
    policies.push(policy);
  }
  return policies;
}

interface Given {
  readonly ActionNames: readonly string[];
  readonly ResourceArns: readonly string[];
  readonly ContextEntries: ReadonlyMap<string, string | readonly string[]>;
  readonly ResourcePolicy: string | undefined;
  readonly PermissionsBoundaryPolicyInputList: readonly string[];
  readonly Marker: number;
  readonly MaxItems: number;
}

/** The boundary and the resource's policy of the request, in place of those there are. */
async function withGiven(
  context: OperationContext,
  layers: Omit<Layers, "resource">,
  given: Given,
): Promise<Layers | Refusal> {
  const boundaries = await readDocuments(
    context,
    "PermissionsBoundaryPolicyInputList",
    given.PermissionsBoundaryPolicyInputList,
    "boundary",
  );
  if (isRefusal(boundaries)) return boundaries;
  const [boundary = layers.boundary] = boundaries;
  if (given.ResourcePolicy === undefined) return { ...layers, boundary, resource: "none" };
  const policy = givenPolicy("ResourcePolicy", given.ResourcePolicy, "resource");
  return isRefusal(policy) ? policy : { ...layers, boundary, resource: { kind: "resource", policy } };
}

function simulated(
  context: OperationContext,
  principal: Principal,
  layers: Layers,
  given: Given,
  own: ReadonlyMap<string, string | readonly string[]>,
  inOrganization: boolean,
): Promise<readonly XmlNode[] | Refusal> {
  const ownByLowerCase = new Map([...own].map(([key, value]) => [key.toLowerCase(), value] as const));
  const simulation = {
    principal,
    accountId: accountOf(context),
    layers,
    inOrganization,
    actions: given.ActionNames,
    resources: given.ResourceArns.length === 0 ? ["*"] : given.ResourceArns,
    context: new Map([...ownByLowerCase, ...given.ContextEntries]),
    time: context.time,
  };
  return answer(simulation, given);
}

/** `CallerArn`: "You can specify only the ARN of an IAM user." It need not exist. */
function simulatedUser(arn: string): Extract<Principal, { kind: "user" }> | Refusal {
  const [, accountId, userName] = /^arn:aws:iam::(\d{12}):user\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  if (accountId === undefined || userName === undefined)
    return refuse("InvalidInput", `CallerArn must be the ARN of a user: ${arn.slice(0, 128)}`);
  return { kind: "user", accountId, arn, userId: "AIDASIMULATED", userName };
}

/** What follows from a caller who is only named: nobody knows the unique id, so `aws:userid` is among the missing values. */
function contextOfNamed(caller: Principal): ReadonlyMap<string, string | readonly string[]> {
  return new Map([...principalContext(caller)].filter(([key]) => key !== "aws:userid"));
}

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html. Without `CallerArn` nobody in particular asks: what
 * follows from a caller, such as `aws:username`, is among the missing context values.
 */
export const simulateCustomPolicy = defineIam({
  name: "SimulateCustomPolicy",
  resource: "none",
  fields: { PolicyInputList: required(list(documentRule, 20)), ...shared },
  target: async () => ({ resource: undefined }),
  async run(_grant, { PolicyInputList, CallerArn, ...given }, context) {
    if (CallerArn === undefined && given.ResourcePolicy !== undefined)
      return refuse("InvalidInput", "CallerArn is required with a ResourcePolicy.");
    const identity = await readDocuments(context, "PolicyInputList", PolicyInputList, "identity");
    if (isRefusal(identity)) return identity;
    const layers = await withGiven(context, { guardrails: [], identity, boundary: "none", sessions: [] }, given);
    if (isRefusal(layers)) return layers;
    const principal = simulatedUser(CallerArn ?? `arn:aws:iam::${accountOf(context)}:user/simulated`);
    if (isRefusal(principal)) return principal;
    const own = CallerArn === undefined ? new Map<string, string>() : contextOfNamed(principal);
    return simulated(context, principal, layers, given, own, false);
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html */
export const simulatePrincipalPolicy = defineIam({
  name: "SimulatePrincipalPolicy",
  resource: ["group", "role", "user"],
  fields: { PolicySourceArn: policySourceArn, PolicyInputList: list(documentRule, 20), ...shared },
  target: async ({ PolicySourceArn }, context) => sourceTarget(context, PolicySourceArn),
  async run(_grant, { PolicySourceArn, PolicyInputList, CallerArn, ...given }, context) {
    const source = await requireSource(context, PolicySourceArn);
    if (isRefusal(source)) return source;
    const more = await readDocuments(context, "PolicyInputList", PolicyInputList, "identity");
    if (isRefusal(more)) return more;
    const layers = await withGiven(
      context,
      { ...source.layers, identity: [...source.layers.identity, ...more] },
      given,
    );
    if (isRefusal(layers)) return layers;
    const isSource = source.kind === "user" && CallerArn === PolicySourceArn;
    if (CallerArn !== undefined && !isSource) {
      const caller = simulatedUser(CallerArn);
      if (isRefusal(caller)) return caller;
      const others = [...source.context].filter(([key]) => key !== "aws:userid");
      return simulated(context, caller, layers, given, new Map([...others, ...contextOfNamed(caller)]), true);
    }
    if (given.ResourcePolicy !== undefined && source.kind !== "user")
      return refuse("InvalidInput", "CallerArn is required with a ResourcePolicy when PolicySourceArn is no user.");
    return simulated(context, source.principal, layers, given, source.context, true);
  },
});
