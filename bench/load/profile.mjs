// What the profiles of a run say at a glance: in which functions the time was. `READABLE=1 npm run bench` keeps their names.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { printRows } from "../measure.mjs";

const shown = 40;

/** https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
function addSelfTime(times, { nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  samples.forEach((id, index) => {
    const { functionName, url, lineNumber } = names.get(id);
    const place = url === "" ? "" : ` ${basename(url)}:${lineNumber + 1}`;
    const name = `${functionName === "" ? "(no name)" : functionName}${place}`;
    times.set(name, (times.get(name) ?? 0) + timeDeltas[index]);
  });
}

export function printProfiles(folder) {
  const times = new Map();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".cpuprofile")))
    addSelfTime(times, JSON.parse(readFileSync(join(folder, file), "utf8")));
  times.delete("(idle)");
  const all = [...times.values()].reduce((sum, one) => sum + one, 0);
  const rows = [...times].sort((left, right) => right[1] - left[1]).slice(0, shown);
  printRows([
    ["in the function itself", "share"],
    ...rows.map(([name, us]) => [name, `${((us / all) * 100).toFixed(1)}%`]),
  ]);
}
