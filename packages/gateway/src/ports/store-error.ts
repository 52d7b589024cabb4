/** The only error a store rejects with. Becomes 503 (unavailable), 500 (corrupt) or a retry (conflict); never an Allow. */
export class StoreError extends Error {
  readonly kind: "conflict" | "unavailable" | "corrupt";
  constructor(kind: StoreError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.kind = kind;
  }
}
