import { metric, type Metric } from "../telemetry/samples.ts";
import { type Jobs, startJobs } from "./start-jobs.ts";

/** Something without which requests fail. */
export interface Check {
  /** `database`, `engine NAME`. */
  readonly name: string;
  /** Those of one group stand in for each other: one of them is enough. */
  readonly group?: string;
  /** Rejects with the reason. */
  readonly run: (signal: AbortSignal) => Promise<unknown>;
}

export interface Report {
  readonly status: "ready" | "starting" | "draining" | "failing";
  readonly checks: Readonly<Record<string, Found>>;
}

type Found = { readonly ok: true } | { readonly ok: false; readonly why: string };

const lookEveryMs = 2000;
const defaultLimitMs = 3000;

/**
 * Whether requests should be sent here. It looks by itself, again and again: who asks gets what was found last, so nobody can make work for
 * the gateway, or for an engine behind it, by asking often.
 */
export class Readiness {
  #checks: readonly Check[] = [];
  readonly #found = new Map<string, Found>();
  #jobs: Jobs | undefined;
  readonly #limitMs: number;
  #hasLooked = false;
  #isDraining = false;

  /** What has not answered by then counts as away. */
  constructor(limitMs = defaultLimitMs) {
    this.#limitMs = limitMs;
  }

  /** Resolves when each check has run once. */
  async start(checks: readonly Check[]): Promise<void> {
    this.#checks = checks;
    await new Promise<void>((resolve) => {
      const run = async (): Promise<void> => {
        await this.#look();
        resolve();
      };
      this.#jobs = startJobs([{ name: "readiness", every: lookEveryMs, run }], () => {});
    });
  }

  /** From now on it is not ready. */
  drain(): void {
    this.#isDraining = true;
  }

  async stop(): Promise<void> {
    await this.#jobs?.stop();
  }

  report(): Report {
    const checks = Object.fromEntries(this.#found);
    if (this.#isDraining) return { status: "draining", checks };
    if (!this.#hasLooked) return { status: "starting", checks };
    return { status: this.#checks.every((check) => this.#isMet(check)) ? "ready" : "failing", checks };
  }

  metrics(): readonly Metric[] {
    const { status, checks } = this.report();
    return [
      metric("s3_credentials_ready", [{ labels: {}, value: status === "ready" ? 1 : 0 }]),
      metric(
        "s3_credentials_check_ok",
        Object.entries(checks).map(([check, { ok }]) => ({ labels: { check }, value: ok ? 1 : 0 })),
      ),
    ];
  }

  #isMet({ name, group }: Check): boolean {
    const standIns =
      group === undefined ? [name] : this.#checks.filter((one) => one.group === group).map((one) => one.name);
    return standIns.some((one) => this.#found.get(one)?.ok === true);
  }

  async #look(): Promise<void> {
    await Promise.all(
      this.#checks.map(async ({ name, run }) => {
        this.#found.set(name, await found(run, this.#limitMs));
      }),
    );
    this.#hasLooked = true;
  }
}

/** How it is, or that it does not say in time. */
function found(run: Check["run"], limitMs: number): Promise<Found> {
  const signal = AbortSignal.timeout(limitMs);
  const late = new Promise<Found>((resolve) => {
    const why = `no answer within ${limitMs / 1000} seconds`;
    signal.addEventListener("abort", () => resolve({ ok: false, why }));
  });
  return Promise.race([outcome(run, signal), late]);
}

async function outcome(run: Check["run"], signal: AbortSignal): Promise<Found> {
  try {
    await run(signal);
    return { ok: true };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}
