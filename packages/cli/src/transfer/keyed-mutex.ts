/** Names somebody works on right now; who wants one of them waits. Bounded by what is worked on in parallel. */
export class KeyedMutex {
  readonly #names = new Map<string, Promise<void>>();

  /** Resolves once nobody works on any of these names. */
  async free(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      for (let busy = this.#names.get(name); busy !== undefined; busy = this.#names.get(name)) await busy;
    }
  }

  /** Takes a name that is free; the function returned gives it back. */
  take(name: string): () => void {
    let freed = (): void => {};
    const busy = new Promise<void>((resolve) => {
      freed = resolve;
    });
    this.#names.set(name, busy);
    return () => {
      if (this.#names.get(name) === busy) this.#names.delete(name);
      freed();
    };
  }
}
