import type { AuthorizationMessages } from "../../ports/authorization-messages.ts";
import type { KeyringKey } from "../sessions/session-token.ts";
import { deriveKey, seal, unseal } from "./sealed-box.ts";

const version = 1;
const keyIdLength = 4;
const headLength = 1 + keyIdLength;

const sealingKey = (key: KeyringKey): Buffer => deriveKey(key.key, "authorization message");
const label = (accountId: string): string => `authorization message ${version} ${accountId}`;

/** They open as long as the keyring has the key that sealed them: two days and more. */
export function createAuthorizationMessages(keyring: {
  sealing(): KeyringKey;
  find(id: string): KeyringKey | undefined;
}): AuthorizationMessages {
  return {
    encode(accountId, text) {
      const key = keyring.sealing();
      const box = seal(sealingKey(key), label(accountId), Buffer.from(text));
      return Buffer.concat([Buffer.from([version]), Buffer.from(key.id, "hex"), box]).toString("base64url");
    },
    decode(accountId, encoded) {
      const message = Buffer.from(encoded, "base64url");
      if (message.length <= headLength || message[0] !== version) return undefined;
      const key = keyring.find(message.subarray(1, headLength).toString("hex"));
      if (key === undefined) return undefined;
      return unseal(sealingKey(key), label(accountId), message.subarray(headLength))?.toString();
    },
  };
}
