import type { Config } from "./config.ts";
import { UsageError } from "./parse-console-config.ts";

/** What keeps one client from stopping the gateway for the others, and how many processes there are. */
export const limitOptions = {
  "max-connections": {
    type: "string",
    value: "N",
    summary: "open connections in all (4096, or what the system allows)",
  },
  "max-connections-per-address": {
    type: "string",
    value: "N",
    summary: "open connections of one client (a quarter of all)",
  },
  "max-requests-per-caller": { type: "string", value: "N", summary: "requests of one caller that run at a time (64)" },
  "max-rate-per-caller": {
    type: "string",
    value: "N",
    summary: "requests that one caller may begin in a second (no limit)",
  },
  workers: {
    type: "string",
    value: "N",
    summary: "processes that answer requests; 1: one process does everything (1)",
  },
} as const;

type LimitValues = { readonly [Option in keyof typeof limitOptions]?: string | undefined };

type Limits = Pick<
  Config,
  "maxConnections" | "maxConnectionsPerAddress" | "maxRequestsPerCaller" | "maxRatePerCaller" | "workers"
>;

const maxWorkers = 64;

export function parseLimits(values: LimitValues): Limits {
  const count = (option: keyof typeof limitOptions): number | undefined => parseCount(option, values[option]);
  const workers = count("workers") ?? 1;
  if (workers > maxWorkers)
    throw new UsageError(`invalid --workers "${workers}": more than ${maxWorkers}; give one for each core at most`);
  return {
    maxConnections: count("max-connections"),
    maxConnectionsPerAddress: count("max-connections-per-address"),
    maxRequestsPerCaller: count("max-requests-per-caller") ?? 64,
    maxRatePerCaller: count("max-rate-per-caller"),
    workers,
  };
}

function parseCount(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new UsageError(`invalid --${option} "${text}": not a number of one or more; give one such as 1000`);
  return Number(text);
}
