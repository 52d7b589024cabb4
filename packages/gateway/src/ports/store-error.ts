/** The only error a store rejects with. Becomes 503 (unavailable), 507 (full), 500 (corrupt) or a retry (conflict); never an Allow. */
export class StoreError extends Error {
  readonly kind: "conflict" | "unavailable" | "full" | "corrupt";
  constructor(kind: StoreError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.kind = kind;
  }
}
