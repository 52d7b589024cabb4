import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { sources } from "./sources.mjs";

/**
 * Which room may import which (docs/design/architecture.md draws it). A room is a package, or a folder of the gateway or of the command.
 * A dynamic import is an edge of its own kind: the command reaches the gateway only so.
 */
const packages = {
  policy: [],
  protocol: [],
  gateway: ["policy", "protocol"],
  cli: ["policy", "protocol"],
};
const dynamicPackages = { cli: ["gateway"] };

const rooms = {
  ports: ["operations/operation-name.ts"],
  cache: [],
  domain: ["ports"],
  stores: ["ports", "domain", "cache", "authz/policy-programs.ts"],
  "data-planes": ["ports", "stores", "domain"],
  "data-folder": ["ports", "stores", "data-planes/local/inspect-index.ts"],
  operations: ["ports", "domain"],
  authn: ["operations", "ports", "pipeline"],
  authz: ["authn", "operations", "ports", "cache", "server/request-log.ts"],
  pipeline: ["authn", "authz", "operations", "ports", "server/request-log.ts"],
  http: ["authn", "pipeline", "operations", "ports", "server"],
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
  commands: [...ground, "input", "output", "service", "verify", "plan", "explain", "transfer", "localserver"],
  docs: [...ground, "service", "commands"],
};
const roomsByPackage = { gateway: rooms, cli: commandRooms };
/** Stand outside the rooms: they start the whole command. */
const outside = new Set(["test", "tour"]);

/** Packages of others, by the one room or package that may use them. */
const noForeign = new Set(["policy"]);

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|(?:^|\n)\s*import\s*["']([^"']+)["']/g;
const dynamicPattern = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

function packageOf(path) {
  return path.split("/")[1];
}

function roomOf(path) {
  const [, , , first] = path.split("/");
  return first.endsWith(".ts") ? "" : first;
}

function isTest(path) {
  return /\.(test|prop)\.ts$/.test(path);
}

function ownPackage(specifier) {
  if (specifier === "s3-credentials" || specifier.startsWith("s3-credentials/")) return "cli";
  return /^@s3-credentials\/([^/]+)/.exec(specifier)?.[1];
}

function relativeFault(from, specifier) {
  const target = normalize(join(dirname(from), specifier));
  if (packageOf(target) !== packageOf(from)) return `${from} -> ${target}: reach another package by its name`;
  const table = roomsByPackage[packageOf(from)];
  if (table === undefined) return undefined;
  const [fromRoom, toRoom] = [roomOf(from), roomOf(target)];
  if (fromRoom === "" || fromRoom === toRoom || fromRoom === "server") return undefined; // the composition root may import everything
  if (packageOf(from) === "cli" && (outside.has(fromRoom) || isTest(from))) return undefined;
  const allowed = table[fromRoom] ?? [];
  const inside = target.split("/src/")[1];
  if (toRoom !== "" && (allowed.includes(toRoom) || allowed.includes(inside))) return undefined;
  return `${from} -> ${target}: ${fromRoom} may import ${allowed.join(", ") || "nothing"}`;
}

function importFault(from, specifier, allowed) {
  if (specifier.startsWith(".")) return relativeFault(from, specifier);
  const own = ownPackage(specifier);
  if (own === undefined) {
    return noForeign.has(packageOf(from))
      ? `${from} -> ${specifier}: ${packageOf(from)} has no dependencies`
      : undefined;
  }
  return (allowed[packageOf(from)] ?? []).includes(own)
    ? undefined
    : `${from} -> ${specifier}: not an arrow of the house`;
}

/** What only one room may do, read off the text. */
const reserved = [
  {
    pattern: /process\.(env|argv)\b/,
    packages: ["gateway"],
    rooms: ["server"],
    what: "reads the environment; only server/ does",
  },
  {
    pattern: /\bas (unknown as )?Grant\b/,
    packages: ["gateway"],
    rooms: ["authz"],
    what: "makes a Grant; only authz/ does",
  },
  {
    pattern: /from "(node:sqlite|libsql)"/,
    packages: ["gateway"],
    rooms: ["stores"],
    what: "opens SQLite; only stores/ does",
  },
  {
    pattern: /\bDate\.now\(\)|\bnew Date\(\)|\bperformance\.now\(\)|from "node:/,
    packages: ["policy"],
    rooms: [],
    what: "has a clock or node: module; policy has neither",
  },
];

/** One line for each edge or reserved act that is not the house's. */
export function architectureFaults() {
  const faults = [];
  for (const path of sources()) {
    const text = readFileSync(path, "utf8");
    for (const [, named, bare] of text.matchAll(importPattern)) {
      const fault = importFault(path, named ?? bare, packages);
      if (fault !== undefined) faults.push(fault);
    }
    const dynamic = Object.fromEntries(
      Object.keys(packages).map((name) => [name, [...packages[name], ...(dynamicPackages[name] ?? [])]]),
    );
    for (const [, specifier] of text.matchAll(dynamicPattern)) {
      const fault = importFault(path, specifier, dynamic);
      if (fault !== undefined) faults.push(fault);
    }
    for (const { pattern, packages: where, rooms: free, what } of reserved) {
      if (where.includes(packageOf(path)) && !free.includes(roomOf(path)) && pattern.test(text))
        faults.push(`${path}: ${what}`);
    }
  }
  return faults;
}
