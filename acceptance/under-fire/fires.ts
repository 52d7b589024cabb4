import type { Failure } from "./attempts.ts";

/** Something that is done to the gateways, or to what they depend on, while they work. */
export interface Fire {
  readonly name: string;
  /** How requests may fail meanwhile. */
  readonly allows: RegExp;
  /** Resolves when everything has been put back. */
  readonly run: () => Promise<void>;
  /** What was put back may be seen a little later: failures are explained until the next fire. */
  readonly lingers?: boolean;
}

interface Burned extends Pick<Fire, "name" | "allows" | "lingers"> {
  readonly begun: number;
  ended: number;
}

/** `connection`: of a process that was killed, or there was no gateway that is ready. `Unknown`: a gateway that starts reads no request. */
export const failsBy = {
  nothing: /^$/,
  kill: /^connection: |^503 Unknown$/,
  outage: /^connection: |^503 (SlowDown|ServiceUnavailable|Throttling|Unknown)$/,
} as const;

/** What was done when, and which failures of requests that explains. */
export class Fires {
  readonly #burned: Burned[] = [];
  readonly #untilReady: () => Promise<void>;

  /** `untilReady` resolves when requests are sent to every gateway, and each says that it is well. */
  constructor(untilReady: () => Promise<void>) {
    this.#untilReady = untilReady;
  }

  async burn({ run, ...fire }: Fire): Promise<void> {
    const begun = performance.now();
    const last = this.#burned.at(-1);
    if (last?.lingers === true) last.ended = begun;
    const burned = { ...fire, begun, ended: Infinity };
    this.#burned.push(burned);
    await run();
    await this.#untilReady();
    if (fire.lingers !== true) burned.ended = performance.now();
  }

  /** Those that came while all was well, or not as they may. */
  unexplained(failures: readonly Failure[]): readonly string[] {
    return failures
      .filter(
        ({ begun, ended, how }) =>
          !this.#burned.some((fire) => begun <= fire.ended && ended >= fire.begun && fire.allows.test(how)),
      )
      .map(({ what, how, begun, ended }) => `${what}: ${how}, ${this.#when(begun)} to ${this.#when(ended)}`);
  }

  #when(time: number): string {
    const at = this.#burned.findLastIndex(({ begun }) => begun <= time);
    const fire = this.#burned[at];
    if (fire === undefined) return "before the first";
    const after = (from: number): string => `${(time - from).toFixed(0)} ms after the`;
    const end = time > fire.ended ? `, ${after(fire.ended)} end` : "";
    return `${after(fire.begun)} beginning of ${at} (${fire.name})${end}`;
  }
}
