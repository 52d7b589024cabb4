/**
 * Decisions of the policy engine: the engine against the interpreter of the tests and Cedar in one run, and the memory of a cached principal.
 *
 *     npm run bench -- policy [decide-scoped | decide-managed | decide-wide | memory]
 */
import { availableParallelism, cpus } from "node:os";
import { cedar } from "./policy/cedar.ts";
import { contenders } from "./policy/contenders.ts";
import { askGateway } from "./policy/gateway.ts";
import { measure, measureInTurn } from "./policy/measure.ts";
import { measureMemory } from "./policy/memory.ts";
import type { Workload } from "./policy/workload.ts";
import { managed, scoped, wide } from "./policy/workloads.ts";

const workloads = { "decide-scoped": scoped, "decide-managed": managed, "decide-wide": wide };

async function report(workload: Workload): Promise<void> {
  const runners = [...contenders, cedar].flatMap(({ name, prepare }) => {
    const ask = prepare(workload);
    return ask === undefined ? [] : [{ name, ask }];
  });
  checkAgreement(workload, runners);
  const [ours, ...others] = measure(runners, workload.requests.length);
  if (ours === undefined) return;
  const line = (name: string, nanoseconds: number, ratio: number): string =>
    [workload.name.padEnd(16), name.padEnd(15), perSecond(nanoseconds), `${ratio.toFixed(1)}x`.padStart(9)].join("");
  console.log(line(ours.name, ours.nanoseconds, 1));
  for (const { name, nanoseconds } of others) console.log(line(name, nanoseconds, nanoseconds / ours.nanoseconds));
  const authorize = askGateway(workload);
  for (const at of workload.requests.keys())
    if ((await authorize(at)) !== runners[0]?.ask(at))
      throw new Error(`${workload.name}: the gateway disagrees with the engine on request ${at}`);
  const inGateway = await measureInTurn(authorize, workload.requests.length);
  console.log(line("in the gateway", inGateway, inGateway / ours.nanoseconds));
}

/** Figures of contenders that answer differently would compare nothing. */
function checkAgreement(workload: Workload, runners: readonly { readonly ask: (at: number) => boolean }[]): void {
  for (const at of workload.requests.keys()) {
    if (new Set(runners.map(({ ask }) => ask(at))).size > 1)
      throw new Error(`${workload.name}: the contenders disagree on request ${at}`);
  }
}

function perSecond(nanoseconds: number): string {
  return `${(1e9 / nanoseconds).toFixed(0)}/s`.padStart(14) + `${nanoseconds.toFixed(0)} ns`.padStart(12);
}

const asked = process.argv.slice(2);
console.log(`node ${process.version}, ${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} cores`);
console.log(
  `${"workload".padEnd(16)}${"".padEnd(15)}${"decisions".padStart(14)}${"each".padStart(12)}${"ours is".padStart(9)}`,
);
for (const [name, make] of Object.entries(workloads))
  if (asked.length === 0 || asked.includes(name)) await report(make());
if (asked.length === 0 || asked.includes("memory")) measureMemory();
