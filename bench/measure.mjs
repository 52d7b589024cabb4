// What every workload shares: rivals take turns in one run, the median counts, and the table says on what machine.
import { execFileSync, spawnSync } from "node:child_process";
import { cpus, totalmem } from "node:os";

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/**
 * What each rival gave in each round.
 * @param rivals name -> () => a value (or a promise of it)
 * @param rounds at least five; one round before them warms up and is thrown away
 */
export async function takeTurns(rivals, rounds = 5) {
  const taken = Object.fromEntries(Object.keys(rivals).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, run] of Object.entries(rivals)) {
      if (process.stderr.isTTY) process.stderr.write(`\r${name}, round ${round} of ${rounds}`.padEnd(60));
      const value = await run();
      if (round > 0) taken[name].push(value);
    }
  }
  if (process.stderr.isTTY) process.stderr.write(`\r${"".padEnd(60)}\r`);
  return taken;
}

/** The median of each rival's numbers; the first rival is the reference. */
export async function compare(rivals, rounds = 5) {
  const taken = await takeTurns(rivals, rounds);
  return Object.fromEntries(Object.entries(taken).map(([name, values]) => [name, median(values)]));
}

/** Milliseconds, those of CPU time, and peak memory in MiB, of a program run to its end. */
export function timeProgram(program, args, options = {}) {
  const begun = performance.now();
  const { status, stderr } = spawnSync("/usr/bin/time", ["-f", "%M %U %S", program, ...args], {
    encoding: "utf8",
    ...options,
  });
  const ms = performance.now() - begun;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${stderr}`);
  const [kib, user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
  return { ms, cpu: (user + system) * 1000, mib: kib / 1024 };
}

/** One table: what was measured, its median, and the ratio to the reference of the same run. */
export function printTable(title, unit, medians) {
  const [[, reference]] = Object.entries(medians);
  const rows = Object.entries(medians).map(([name, value]) => [
    name,
    value.toFixed(value < 10 ? 2 : 0),
    (value / reference).toFixed(2),
  ]);
  printRows([[title, unit, "ratio"], ...rows]);
}

/** Rows of text in columns; the first row is the head. */
export function printRows(table) {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
  console.log(`${lines.join("\n")}\n`);
}

export function printMachine() {
  const [cpu] = cpus();
  let commit = "unknown";
  try {
    commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    // Not a checkout.
  }
  console.log(
    `${cpus().length} x ${cpu?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, commit ${commit}\n`,
  );
}
