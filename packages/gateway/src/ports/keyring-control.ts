/** The life of a key that seals sessions. Times are ms. */
export interface KeyLife {
  readonly id: string;
  /** `distributed` and `retiring` keys only open. */
  readonly state: "distributed" | "sealing" | "retiring";
  readonly created: number;
  /** When it stopped sealing. */
  readonly stopped: number | undefined;
}

/** The keyring, without the keys themselves. */
export interface KeyringControl {
  /** The oldest first. */
  keys(): Promise<readonly KeyLife[]>;
  /** A new key seals from now on, whatever its age; the one before it opens until the longest session that it sealed has ended. */
  rotateNow(now: number): Promise<"done" | "too-many">;
}
