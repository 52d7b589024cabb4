/**
 * Texts that somebody else carries and cannot read or change: the explanation of a denial, on its way to somebody who may read it; a sign-in
 * that a browser has begun. `subject`: whose it is; it opens as that alone.
 */
export interface SealedTexts {
  encode(subject: string, text: string): Promise<string>;
  /** Undefined: altered, another subject's, for another purpose, or sealed by a key that has been retired. */
  decode(subject: string, encoded: string): Promise<string | undefined>;
}
