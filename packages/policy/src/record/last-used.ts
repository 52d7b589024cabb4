/** When something that gives access was used last. */
export interface LastUsed {
  readonly kind: "access key" | "password" | "role";
  /** User or role. */
  readonly of: string;
  /** Of a key. */
  readonly id?: string;
  readonly active: boolean;
  readonly made: Date | undefined;
  /** Undefined: never, or not since the service keeps it. */
  readonly used: Date | undefined;
}

/** Neither used nor made since then. */
export function unusedSince(all: readonly LastUsed[], since: Date): readonly LastUsed[] {
  return all.filter(({ active, made, used }) => active && !isAfter(made, since) && !isAfter(used, since));
}

function isAfter(date: Date | undefined, since: Date): boolean {
  return date !== undefined && date >= since;
}
