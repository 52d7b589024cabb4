import type { JsonObject } from "../formats/json.ts";
import type { Services } from "./services.ts";
import type { StepKind, StepOf } from "./steps.ts";

/** How one kind of step is done. */
export type Action<K extends StepKind> = (step: StepOf<K>, context: ActionContext) => Promise<Outcome>;

/** What an action has to work with. */
export interface ActionContext {
  readonly services: Services;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
  /** What is being waited for, on one line of a terminal that is written over; nothing when there is none. */
  readonly progress: (line: string) => void;
  /** Those an earlier step made. */
  readonly credentials: JsonObject | undefined;
  /** Comes before a call that its undo makes good also when it was not made, because its answer may be lost. */
  readonly attempt: (undo: Undo) => void;
}

/** What a step did. */
export interface Outcome {
  /** The line for the user. */
  readonly message?: string;
  readonly credentials?: JsonObject;
  readonly undo?: Undo;
}

export interface Undo {
  /** What is left behind when it fails. */
  readonly remains: string;
  /** The command line that does the same. */
  readonly command: string;
  readonly run: () => Promise<void>;
}
