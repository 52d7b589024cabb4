/** A browser has about so many connections to one origin. */
const atOnce = 6;

/** Asks for every one, a few at a time; the answers are in the order of `all`. Rejects at the first failure. */
export async function eachOf<A, B>(all: readonly A[], ask: (one: A) => Promise<B>): Promise<readonly B[]> {
  const answers: B[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < all.length) {
      const at = next;
      next += 1;
      const one = all[at];
      if (one !== undefined) answers[at] = await ask(one);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work)).catch((error: unknown) => {
    next = all.length;
    throw error;
  });
  return answers;
}
