import { PasswordHashes } from "../src/domain/identity/password-hashes.ts";

/** For tests that are not about what a hash costs: hashes in a fraction of a millisecond, with a queue of their own. */
export function quickPasswordHashes(): PasswordHashes {
  return new PasswordHashes({ N: 16, r: 1, p: 1 });
}
