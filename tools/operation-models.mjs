// What clients can send, from the operation models that the AWS SDK carries: the gateway refuses by name what it does not read.

const packages = {
  s3: "@aws-sdk/client-s3",
  iam: "@aws-sdk/client-iam",
  sts: "@aws-sdk/client-sts",
  organizations: "@aws-sdk/client-organizations",
  account: "@aws-sdk/client-account",
  cloudtrail: "@aws-sdk/client-cloudtrail",
  "access-analyzer": "@aws-sdk/client-accessanalyzer",
};

/** Services whose requests are told apart by method and path, and have members there. */
const restServices = ["account", "access-analyzer"];

/** The kinds of schemas, as `@smithy/core/schema` writes them: an array whose first item is one of these. */
const kind = { list: 1, structure: 3, union: 4, operation: 9 };

const isStructure = (schema) => Array.isArray(schema) && (schema[0] === kind.structure || schema[0] === kind.union);
const resolve = (schema) => (typeof schema === "function" ? schema() : schema);

/** The members of a structure: `[name, schema, traits]`. Traits that are a bit mask are of no interest here. */
function membersOf(structure) {
  // An operation that takes nothing has no structure.
  const [, , , , names = [], schemas = []] = isStructure(structure) ? structure : [];
  return names.map((name, at) => {
    const given = resolve(schemas[at]);
    // A member with traits is a pair; a schema has its kind, a number, and its namespace, a text, in front.
    const isPair = Array.isArray(given) && !(typeof given[0] === "number" && typeof given[1] === "string");
    const [schema, traits] = isPair ? [resolve(given[0]), given[1]] : [given, {}];
    return [name, schema, typeof traits === "object" ? traits : {}];
  });
}

/** The paths of the elements below a structure, as they are on the wire. */
function elementsOf(structure, path = "") {
  return membersOf(structure).flatMap(([name, schema, traits]) => {
    if (traits.xmlAttribute !== undefined) return [];
    const here = `${path}/${traits.xmlName ?? name}`;
    if (!Array.isArray(schema)) return [here];
    if (isStructure(schema)) return [here, ...elementsOf(schema, here)];
    if (schema[0] !== kind.list) return [here];
    const [item, itemTraits] = listItem(schema);
    const inList = traits.xmlFlattened === undefined ? `${here}/${itemTraits.xmlName ?? "member"}` : here;
    const below = isStructure(item) ? elementsOf(item, inList) : [];
    return [...new Set([here, inList]), ...below];
  });
}

function listItem([, , , , member]) {
  const given = resolve(member);
  const isPair = Array.isArray(given) && !(typeof given[0] === "number" && typeof given[1] === "string");
  return isPair ? [resolve(given[0]), given[1]] : [given, {}];
}

/** A member as a client puts it on the wire: `header`, `prefix-*`, `?parameter`, `/element/of/the/document`. */
function wireNames([, schema, traits]) {
  if (traits.httpHeader !== undefined) return [traits.httpHeader.toLowerCase()];
  if (traits.httpPrefixHeaders !== undefined) return [`${traits.httpPrefixHeaders.toLowerCase()}*`];
  if (traits.httpQuery !== undefined) return [`?${traits.httpQuery}`];
  if (traits.httpPayload !== undefined) return isStructure(schema) ? elementsOf(schema) : [];
  return [];
}

/** By operation, what it can be asked with; a member of another service is the name of its parameter or of its member of the JSON object. */
async function modelledOperations(service) {
  const exported = Object.values(await import(packages[service]));
  const operations = exported.filter((one) => Array.isArray(one) && one[0] === kind.operation);
  return new Map(
    operations.map(([, , name, , input]) => {
      const members = membersOf(resolve(input));
      return [name, service === "s3" ? members.flatMap(wireNames) : members.map(([member]) => member)];
    }),
  );
}

/** By operation, `METHOD /path/{member}?member:type`: a member that is in neither is in the document. */
async function restRoutes(service) {
  const exported = Object.values(await import(packages[service]));
  return exported
    .filter((one) => Array.isArray(one) && one[0] === kind.operation)
    .map(([, , name, { http }, input]) => {
      const [method, path] = http;
      const query = membersOf(resolve(input)).flatMap(([member, schema, traits]) => {
        if (traits.httpQuery === undefined) return [];
        if (traits.httpQuery !== member) throw new Error(`${name}: ${member} is ${traits.httpQuery} in the query`);
        return [`${member}:${queryType(schema)}`];
      });
      return [name, `${method} ${path}${query.length === 0 ? "" : `?${query.join("&")}`}`];
    })
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function queryType(schema) {
  const type = simpleType(schema);
  if (type === 0) return "text";
  if (type === 1) return "number";
  if (type === 2) return "boolean";
  if (type === 64) return "list";
  throw new Error(`a member of the query has the type ${JSON.stringify(schema)}`);
}

const quoted = (name) => (/^[a-z0-9]+$/.test(name) ? name : JSON.stringify(name));

/** In the bit mask of traits. */
const sensitiveBit = 8;

const isSensitive = (traits) =>
  typeof traits === "number" ? (traits & sensitiveBit) !== 0 : traits?.sensitive !== undefined;

/** A simple type is a number, or, with traits of its own, `[0, namespace, name, traits, number]`. */
const simpleType = (schema) => (Array.isArray(schema) && schema[0] === 0 ? resolve(schema[4]) : schema);

/** By name, what the models say of the members of a service, wherever they are: which are secret, which are numbers or booleans. */
async function memberKinds(service) {
  const structures = Object.values(await import(packages[service])).filter(isStructure);
  const kinds = { sensitive: new Set(), numbers: new Set(), booleans: new Set() };
  const others = new Set();
  for (const [, , , , names = [], schemas = []] of structures)
    for (const [at, name] of names.entries()) {
      const given = resolve(schemas[at]);
      const isPair = Array.isArray(given) && !(typeof given[0] === "number" && typeof given[1] === "string");
      const [schema, traits] = isPair ? [resolve(given[0]), given[1]] : [given, 0];
      if (isSensitive(traits) || (Array.isArray(schema) && isSensitive(schema[3]))) kinds.sensitive.add(name);
      const type = simpleType(schema);
      (type === 1 ? kinds.numbers : type === 2 ? kinds.booleans : others).add(name);
    }
  for (const name of others) {
    kinds.numbers.delete(name);
    kinds.booleans.delete(name);
  }
  return kinds;
}

/** Where the formatter breaks lines. */
const lineWidth = 120;

export const modelledMembersPath = "packages/gateway/src/operations/modelled-members.ts";

/** The source of the table that the gateway has of them. */
export async function modelledMembersSource() {
  let text = `// Generated by \`npm run docs\` from the operation models of the AWS SDK; do not edit.

/**
 * What each operation can be asked with. S3: \`header\`, \`prefix-*\` (all headers that begin so), \`?parameter\` of the query, \`/path\` of an
 * element below the document's root. IAM and STS: names of parameters. JSON services: members of the request.
 */
export const modelledMembers = {
`;
  for (const service of Object.keys(packages)) {
    text += `  ${quoted(service)}: {\n`;
    const operations = [...(await modelledOperations(service))].toSorted(([one], [other]) => (one < other ? -1 : 1));
    for (const [name, members] of operations) {
      const value = `"${[...new Set(members)].join(" ")}",`;
      text += `    ${name}:${name.length + value.length + 6 > lineWidth ? "\n     " : ""} ${value}\n`;
    }
    text += "  },\n";
  }
  return `${text}} as const;\n`;
}

export const memberKindsPath = "packages/gateway/src/operations/member-kinds.ts";

/** The source of the table that the gateway has of them. */
export async function memberKindsSource() {
  let text = `// Generated by \`npm run docs\` from the operation models of the AWS SDK; do not edit.

/**
 * By service, the members of requests and answers that its model marks as sensitive, and those that are numbers or booleans: by their names,
 * wherever they are.
 */
export const memberKinds = {
`;
  for (const service of Object.keys(packages)) {
    text += `  ${quoted(service)}: {\n`;
    for (const [name, members] of Object.entries(await memberKinds(service))) {
      const value = `"${[...members].toSorted((one, other) => (one < other ? -1 : 1)).join(" ")}",`;
      text += `    ${name}:${name.length + value.length + 6 > lineWidth ? "\n     " : ""} ${value}\n`;
    }
    text += "  },\n";
  }
  return `${text}} as const;\n`;
}

export const restRoutesPath = "packages/gateway/src/operations/json/modelled-routes.ts";

/** The source of the table that the gateway has of them. */
export async function restRoutesSource() {
  let text = `// Generated by \`npm run docs\` from the operation models of the AWS SDK; do not edit.

/** Requests of the services that name an operation by method and path: \`METHOD /path/{member}?member:type\`. Other members are in the document. */
export const modelledRoutes = {
`;
  for (const service of restServices) {
    text += `  ${quoted(service)}: {\n`;
    for (const [name, route] of await restRoutes(service)) {
      const value = `"${route}",`;
      text += `    ${name}:${name.length + value.length + 6 > lineWidth ? "\n     " : ""} ${value}\n`;
    }
    text += "  },\n";
  }
  return `${text}} as const;\n`;
}
