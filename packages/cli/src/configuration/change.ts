import type { Call } from "./call.ts";

/** `p-…` of a control policy by its entity's key, the number of an account by its address. Calls fill it. */
export type Ids = Map<string, string>;

/** One change of the service, with what undoes it. */
export interface Change {
  /** `create user ann` */
  readonly text: string;
  readonly call: (ids: Ids) => Call;
  /** Called right before the call, which is not made when this throws: what it was planned from is another by then. */
  readonly check?: () => Promise<void>;
  /** Keeps what later calls need of the answer. */
  readonly learn?: (answer: unknown, ids: Ids) => void;
  /** Called right before it is undone, which is not done when this throws. */
  readonly checkUndo?: () => Promise<void>;
  /** In the order in which they are made. */
  readonly undo: (ids: Ids) => readonly Call[];
  /** What puts it out of effect again when its answer was lost and `undo` needs the answer. */
  readonly withoutAnswer?: readonly Call[];
  /** Why it cannot be undone, for what cannot. */
  readonly lasting?: string;
}

/** A change whose call is known beforehand. */
export function change(text: string, call: Call, ...undo: readonly Call[]): Change {
  return { text, call: () => call, undo: () => undo };
}

/** What is only in the first, only in the second, and in both but different. */
export interface MapDifference {
  readonly gone: readonly (readonly [key: string, before: string])[];
  readonly made: readonly (readonly [key: string, after: string])[];
  readonly changed: readonly (readonly [key: string, before: string, after: string])[];
}

export function mapDifference(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): MapDifference {
  const gone = [...before].filter(([key]) => !after.has(key));
  const made = [...after].filter(([key]) => !before.has(key));
  const changed = [...after].flatMap(([key, value]) => {
    const was = before.get(key);
    return was === undefined || was === value ? [] : [[key, was, value] as const];
  });
  return { gone, made, changed };
}

export function setDifference(before: readonly string[], after: readonly string[]) {
  return {
    gone: before.filter((item) => !after.includes(item)),
    made: after.filter((item) => !before.includes(item)),
  };
}
