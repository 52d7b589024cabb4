/** Names that are in use now. Work that needs one of them waits. Their number is limited by the number of parallel tasks. */
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
