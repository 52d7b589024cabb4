/**
 * Which room may import which (docs/design/architecture.md draws it), as the configuration of dependency-cruiser. A room is a package, or
 * a folder of the gateway or of the command. Tests, and the files beside the folders (`index.ts`, `main.ts`), may import every room of
 * their package.
 */

/** Which packages of ours a package may import. The command reaches the gateway by dynamic import alone: see below. */
const packages = {
  policy: [],
  protocol: [],
  gateway: ["policy", "protocol"],
  cli: ["policy", "protocol", "gateway"],
  console: ["policy"],
};

const rooms = {
  ports: [],
  cache: [],
  analysis: ["ports"],
  domain: ["ports"],
  stores: ["ports", "domain", "cache"],
  "data-planes": ["ports", "stores", "domain", "cache"],
  "data-folder": ["ports", "stores", "data-planes/local/inspect-index.ts"],
  backup: ["ports", "stores", "data-folder", "data-planes/local/blob-files.ts", "data-planes/local/local-plane.ts"],
  outbound: [],
  notifications: ["ports", "domain", "outbound"],
  fsck: ["ports", "stores", "domain", "data-planes", "data-folder"],
  federation: ["ports", "cache", "outbound"],
  operations: ["ports", "domain"],
  authn: ["operations", "ports"],
  authz: ["authn", "operations", "ports", "cache"],
  record: ["authn", "authz", "operations", "ports"],
  telemetry: ["ports", "cache"],
  pipeline: ["authn", "authz", "operations", "ports", "record"],
  deliveries: [
    "authz",
    "data-planes/local/write-body.ts",
    "domain/listing/listing-pages.ts",
    "operations",
    "pipeline",
    "ports",
    "record",
    "stores/files/access-log-spool.ts",
  ],
  http: ["authn", "pipeline", "operations", "ports"],
  website: ["http", "pipeline", "authn", "operations", "ports"],
  console: ["http", "pipeline", "authn", "authz/authorize-sign-in.ts", "record", "operations", "domain", "ports"],
};

/** What every other room of the command may import. */
const ground = ["command-line", "formats", "files"];

const commandRooms = {
  "command-line": [],
  formats: [],
  files: ["command-line"],
  input: ground,
  output: ground,
  service: [...ground, "input", "output"],
  verify: [...ground, "input", "output"],
  plan: [...ground, "input", "output", "service", "verify"],
  explain: [...ground, "input", "output", "service"],
  transfer: [...ground, "input", "output"],
  localserver: [...ground, "input", "output"],
  configuration: [...ground, "input", "output", "service", "plan"],
  usage: [...ground, "input", "output", "service", "plan", "explain", "configuration"],
  commands: [
    ...ground,
    "input",
    "output",
    "service",
    "verify",
    "plan",
    "configuration",
    "usage",
    "explain",
    "transfer",
    "localserver",
  ],
  docs: [...ground, "service", "configuration", "commands"],
};
/** These start everything, so they may import everything of their package. */
const outside = { gateway: ["server"], cli: ["test", "tour"] };

const tests = "\\.(test|prop)\\.ts$|/test/";
const source = (name) => `^packages/${name}/src/`;

const packageRules = Object.entries(packages).map(([name, allowed]) => ({
  name: `package ${name} may import ${allowed.join(", ") || "nothing of ours"}`,
  severity: "error",
  from: { path: source(name), pathNot: tests },
  to: { path: "^packages/", pathNot: [name, ...allowed].map((one) => `^packages/${one}/`) },
}));

/** One rule for each room, and one that finds a folder without a rule. */
function roomRules(name, table) {
  const folder = source(name);
  const pathOf = (one) => (one.endsWith(".ts") ? `${folder}${one}$` : `${folder}${one}/`);
  const rules = Object.entries(table).map(([room, allowed]) => ({
    name: `${name}/${room} may import ${allowed.join(", ") || "nothing of ours"}`,
    severity: "error",
    from: { path: pathOf(room), pathNot: tests },
    to: { path: folder, pathNot: [room, ...allowed].map(pathOf) },
  }));
  const known = [...Object.keys(table), ...outside[name]].map(pathOf);
  const unknown = {
    name: `every folder of ${name} has its row in tools/architecture.mjs`,
    severity: "error",
    from: { path: `${folder}[^/]+/`, pathNot: [...known, tests] },
    to: {},
  };
  return [...rules, unknown];
}

/** @type {import("dependency-cruiser").IConfiguration} */
const configuration = {
  forbidden: [
    { name: "no circles", severity: "error", from: {}, to: { circular: true } },
    { name: "every import leads somewhere", severity: "error", from: {}, to: { couldNotResolve: true } },
    ...packageRules,
    {
      name: "another package is imported by its name",
      severity: "error",
      from: { path: "^packages/([^/]+)/src/" },
      to: { path: "^packages/", pathNot: "^packages/$1/", dependencyTypes: ["local"] },
    },
    {
      name: "the command imports the gateway dynamically",
      severity: "error",
      from: { path: source("cli"), pathNot: tests },
      to: { path: "^packages/gateway/", dependencyTypesNot: ["dynamic-import"] },
    },
    {
      name: "policy imports nothing of others, not even of Node",
      severity: "error",
      from: { path: source("policy"), pathNot: tests },
      to: { pathNot: source("policy") },
    },
    {
      name: "what is published imports no tests",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: tests },
      to: { path: tests },
    },
    {
      name: "what is published needs no development dependency",
      severity: "error",
      // The command and the gateway are bundles: their libraries are in them.
      from: { path: "^packages/(policy|protocol)/src/", pathNot: tests },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
    ...roomRules("gateway", rooms),
    ...roomRules("cli", commandRooms),
  ],
  options: {
    parser: "swc", // dependency-cruiser reads TypeScript by swc, because TypeScript 7 has no interface for it
    tsPreCompilationDeps: true, // types count too
    tsConfig: { fileName: "tsconfig.test.json" },
    doNotFollow: { path: "node_modules" },
    // Its reader of TypeScript knows no JSX: what the page imports, `packages/console/test` looks at.
    exclude: { path: "\\.tsx$" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types"] },
  },
};
export default configuration;
