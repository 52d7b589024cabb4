// CPU time of a server: all threads of its process, and of the processes it started.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html. Undefined when the process has ended. */
function statOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1).split(" ");
    // Time of its own, and of those of its children that have ended.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(fields[1]), ms: (ticks / ticksPerSecond) * 1000 };
  } catch {
    return undefined;
  }
}

/** Milliseconds so far. */
export function cpuOfTree(root) {
  const all = new Map();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? statOf(name) : undefined;
    if (stat !== undefined) all.set(Number(name), stat);
  }
  const belongs = (pid) => pid === root || (all.has(pid) && belongs(all.get(pid).parent));
  return [...all].reduce((sum, [pid, { ms }]) => (belongs(pid) ? sum + ms : sum), 0);
}
