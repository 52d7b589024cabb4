/** Alternating rounds after a warm-up; the median counts. */
import type { Ask } from "./contenders.ts";

export interface Measured {
  readonly name: string;
  /** Median nanoseconds of CPU time for one decision. */
  readonly nanoseconds: number;
}

export interface Runner {
  readonly name: string;
  readonly ask: Ask;
}

const ROUNDS = 31;
const ROUND_MILLISECONDS = 40;

/** How many decisions were allowed: the result is used, so that none is optimised away. */
function run(ask: Ask, requests: number, times: number): number {
  let allowed = 0;
  let at = 0;
  for (let done = 0; done < times; done += 1) {
    if (ask(at)) allowed += 1;
    at = at + 1 === requests ? 0 : at + 1;
  }
  return allowed;
}

function timed(ask: Ask, requests: number, times: number): number {
  // CPU time: on a shared machine, wall time also measures its other users.
  const before = process.cpuUsage();
  run(ask, requests, times);
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

/** A multiple of the number of requests that takes about one round; found by asking, which warms up as well. */
function timesPerRound(ask: Ask, requests: number): number {
  let times = requests;
  while (timed(ask, requests, times) < ROUND_MILLISECONDS * 1e6) times *= 2;
  return times;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function measure(runners: readonly Runner[], requests: number): readonly Measured[] {
  const sized = runners.map((runner) => ({
    ...runner,
    times: timesPerRound(runner.ask, requests),
    rounds: [] as number[],
  }));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { ask, times, rounds } of sized) rounds.push(timed(ask, requests, times) / times);
  }
  return sized.map(({ name, rounds }) => ({ name, nanoseconds: median(rounds) }));
}

type AskInTurn = (at: number) => Promise<boolean>;

async function timedInTurn(ask: AskInTurn, requests: number, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < times; done += 1) await ask(done % requests);
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

/** The same for what answers later: one question after the other. */
export async function measureInTurn(ask: AskInTurn, requests: number): Promise<number> {
  let times = requests;
  while ((await timedInTurn(ask, requests, times)) < ROUND_MILLISECONDS * 1e6) times *= 2;
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push((await timedInTurn(ask, requests, times)) / times);
  return median(rounds);
}
