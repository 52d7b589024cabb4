/** Characters written at once; a million lines one by one would be a million calls of the system. */
const full = 64 * 1024;

export interface BufferedPrint {
  /** Resolves when there is room for more: at once, or when the reader has taken what came before. */
  readonly print: (text: string) => Promise<void>;
  /** Writes what is left. */
  readonly flush: () => Promise<void>;
}

/**
 * Collects small texts into large writes. What is collected goes out by itself as soon as its producer waits for something
 * else, such as the next page of a listing: a reader never waits for lines that are there.
 */
export function bufferedPrint(print: (text: string) => Promise<void>): BufferedPrint {
  let collected: string[] = [];
  let length = 0;
  let scheduled = false;
  let written: Promise<void> = Promise.resolve();
  const flush = (): Promise<void> => {
    if (length > 0) {
      const text = collected.join("");
      collected = [];
      length = 0;
      written = written.then(() => print(text));
      // A failure is thrown by the `print` or `flush` that comes next.
      written.catch(() => {});
    }
    return written;
  };
  return {
    print: async (text) => {
      collected.push(text);
      length += text.length;
      if (length >= full) return flush();
      if (scheduled) return;
      scheduled = true;
      setImmediate(() => {
        scheduled = false;
        void flush().catch(() => {});
      });
    },
    flush,
  };
}
