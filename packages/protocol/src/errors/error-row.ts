export interface ErrorRow {
  readonly status: number;
  /** Default text, for the client. */
  readonly message: string;
}
