export interface Page<T> {
  readonly items: readonly T[];
  /**
   * The marker of the next page: `after` of the next query; undefined on the last page. Printable ASCII, and opaque: only the store that
   * made it can read it. A listing continues after it even when the item it was made from has been deleted.
   */
  readonly next: string | undefined;
}

/** What every listing that may be long is asked with. */
export interface PageQuery {
  readonly pathPrefix: string;
  readonly after: string | undefined;
  readonly limit: number;
  /** Before each slice of rows: waits until the listing may go on. */
  readonly turn: () => Promise<void>;
}
