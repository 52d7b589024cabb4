// Several gateways over one PostgreSQL: what a request and a change cost, a large directory against SQLite's, and how long a revocation takes.
import { measureDirectories } from "./gateways/directories.mjs";
import { measureRequests } from "./gateways/requests.mjs";
import { measureRevocations } from "./gateways/revocations.mjs";

const parts = { requests: measureRequests, directories: measureDirectories, revocations: measureRevocations };

export async function run(names) {
  for (const [name, measure] of Object.entries(parts)) if (names.length === 0 || names.includes(name)) await measure();
}
