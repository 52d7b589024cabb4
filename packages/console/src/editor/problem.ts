/** A finding as the editor marks it. */
export interface TextProblem {
  readonly start: number;
  readonly end: number;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
}
