import type { RunningGateway } from "../gateway.ts";

/**
 * Work that remembers what was sent and what was acknowledged, so that a gateway that was killed, or a copy of its folder, can be held
 * against it: what was acknowledged is there, and what was not is whole or absent.
 */
export interface Writer {
  /** Makes what the work needs. */
  prepare(gateway: RunningGateway): Promise<void>;
  /** Prepares more work after a kill, while nobody works. `loop`: how often it was killed. */
  resume?(gateway: RunningGateway, loop: number): Promise<void>;
  /** Works until it is over, or a request fails. The number chooses, with the seed of the run, what is done. */
  work(gateway: RunningGateway, number: number, isOver: () => boolean): Promise<void>;
  /** How much was acknowledged. */
  acknowledged(): number;
  /** Holds a gateway against all of it. */
  check(gateway: RunningGateway): Promise<void>;
}

export type Checked = Pick<Writer, "check">;

/** Work of which a copy can be taken while it goes on. */
export interface CopiedWriter extends Writer {
  /**
   * For a copy that is begun now. What it gives, when the copy is made, holds the copy against this: what was acknowledged until now is
   * there, and whatever else is there was sent until then.
   */
  copyBegun(): () => Checked;
}
