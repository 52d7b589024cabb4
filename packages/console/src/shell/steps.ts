import { messageOf } from "./message-of.ts";

/** What takes a change back. */
export type Undo = () => Promise<unknown>;

/** One change. Resolves with what takes it back. */
export type Step = () => Promise<Undo>;

/**
 * All of the steps, in their order, or none. Resolves with what takes them back. When a step fails and a step before it cannot be taken back
 * either, the error says both, and whatever else can be taken back is.
 */
export async function allOrNone(steps: readonly Step[]): Promise<Undo> {
  const made: Undo[] = [];
  try {
    for (const step of steps) made.push(await step());
  } catch (error) {
    const failures = await takeBack(made);
    if (failures.length === 0) throw error;
    const both = `${messageOf(error)} What was changed before it could not all be taken back: ${failures.map(messageOf).join(" ")}`;
    throw new Error(both, { cause: error });
  }
  return async () => {
    const [failure] = await takeBack(made);
    if (failure !== undefined) throw failure;
  };
}

/** The last one first. Resolves with what failed. */
async function takeBack(made: readonly Undo[]): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const undo of made.toReversed())
    try {
      await undo();
    } catch (error) {
      failures.push(error);
    }
  return failures;
}
