// A closed loop: each connection has one request in flight. What the server used for it is read while it is idle, before and after.
import { Connection } from "./connection.mjs";
import { cpuOfTree } from "./process-cpu.mjs";

const usualConnections = 16;

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/**
 * @param server its port, the process (`pid`) whose CPU time counts, and those `behind` it, if any, whose time is counted apart; how many `connections` ask it
 * @param next makes the request with a number: its head, and a body perhaps
 * @param length of every answer's body; another length or status than 200 ends the bench
 */
export async function drive({ port, pid, behind = [], connections = usualConnections }, next, length, seconds) {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const latencies = [];
  let count = 0;
  const used = () => [cpuOfTree(pid), behind.reduce((sum, one) => sum + cpuOfTree(one), 0)];
  const before = used();
  const begun = performance.now();
  const loop = async (connection) => {
    while (performance.now() - begun < seconds * 1000) {
      const [head, body] = next(count);
      count += 1;
      const sent = performance.now();
      const answer = await connection.send(head, body);
      latencies.push(performance.now() - sent);
      if (answer.status === 200 && answer.length === length) continue;
      throw new Error(`${head.split("\r\n")[0]} was answered with ${answer.status} and ${answer.length} bytes`);
    }
  };
  try {
    await Promise.all(open.map(loop));
  } finally {
    for (const connection of open) connection.close();
  }
  const took = performance.now() - begun;
  const [cpu, cpuBehind] = used().map((ms, index) => ((ms - before[index]) * 1000) / count);
  latencies.sort((left, right) => left - right);
  return {
    cpu,
    cpuBehind,
    perSecond: (count * 1000) / took,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
}
