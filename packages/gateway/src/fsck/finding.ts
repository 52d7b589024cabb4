import { type FindingKind, rowOf } from "./finding-kinds.ts";

/** Where it is, as the operator knows it. */
export interface Place {
  /** The name of the bucket; its id, when nobody knows its name. */
  readonly bucket?: string;
  readonly key?: string;
  readonly versionId?: string;
  /** Below the data folder: a file, or `objects.db garbage 12`, the row of a table. */
  readonly at?: string;
  /** What exactly: never a secret, and nothing of the content of an object. */
  readonly detail?: string;
}

export interface Finding extends Place {
  readonly kind: FindingKind;
  readonly what: string;
  readonly lost: string;
  /** What `--repair` does; absent: nothing. */
  readonly repair?: string;
  /** What a person can do, where a repair does nothing. */
  readonly remedy?: string;
  /** `damage`: it is there. `repaired`: it was. `note`: there is nothing to repair. */
  readonly state: "damage" | "repaired" | "note";
}

/** `isRepaired`: whether this run repairs what can be repaired. */
export function finding(kind: FindingKind, place: Place, isRepaired: boolean): Finding {
  const { what, lost, repair, remedy, note } = rowOf(kind);
  const state = note === true ? "note" : isRepaired && repair !== undefined ? "repaired" : "damage";
  return {
    kind,
    ...place,
    what,
    lost,
    ...(repair === undefined ? {} : { repair }),
    ...(remedy === undefined ? {} : { remedy }),
    state,
  };
}
