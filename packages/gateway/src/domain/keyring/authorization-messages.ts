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
  sealing(): Promise<KeyringKey>;
  find(id: string): Promise<KeyringKey | undefined>;
}): AuthorizationMessages {
  return {
    async encode(accountId, text) {
      const key = await keyring.sealing();
      const box = seal(sealingKey(key), label(accountId), Buffer.from(text));
      return Buffer.concat([Buffer.from([version]), Buffer.from(key.id, "hex"), box]).toString("base64url");
    },
    async decode(accountId, encoded) {
      const message = Buffer.from(encoded, "base64url");
      if (message.length <= headLength || message[0] !== version) return undefined;
      const key = await keyring.find(message.subarray(1, headLength).toString("hex"));
      if (key === undefined) return undefined;
      return unseal(sealingKey(key), label(accountId), message.subarray(headLength))?.toString();
    },
  };
}
