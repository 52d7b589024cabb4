/** Explanations of denials, sealed: their caller carries them to somebody of the account who may read them. */
export interface AuthorizationMessages {
  /** `text` is the JSON of the explanation. */
  encode(accountId: string, text: string): Promise<string>;
  /** Undefined: altered, another account's, or sealed by a key that has been retired. */
  decode(accountId: string, encoded: string): Promise<string | undefined>;
}
