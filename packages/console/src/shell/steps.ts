/** What takes a change back. */
export type Undo = () => Promise<unknown>;

/** One change. Resolves with what takes it back. */
export type Step = () => Promise<Undo>;

/** All of the steps, in their order, or none. Resolves with what takes them back. */
export async function allOrNone(steps: readonly Step[]): Promise<Undo> {
  const made: Undo[] = [];
  const undo = async (): Promise<void> => {
    for (const one of made.toReversed()) await one();
  };
  try {
    for (const step of steps) made.push(await step());
  } catch (error) {
    await undo();
    throw error;
  }
  return undo;
}
