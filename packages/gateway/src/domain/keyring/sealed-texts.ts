import type { SealedTexts } from "../../ports/sealed-texts.ts";
import type { KeyringKey } from "../sessions/session-token.ts";
import { deriveKey, seal, unseal } from "./sealed-box.ts";

const version = 1;
const keyIdLength = 4;
const headLength = 1 + keyIdLength;

/** They open as long as the keyring has the key that sealed them: two days and more. Each purpose has a key of its own. */
export function createSealedTexts(
  keyring: { sealing(): Promise<KeyringKey>; find(id: string): Promise<KeyringKey | undefined> },
  purpose: "authorization message" | "console sign-in",
): SealedTexts {
  const sealingKey = (key: KeyringKey): Buffer => deriveKey(key.key, purpose);
  const label = (subject: string): string => `${purpose} ${version} ${subject}`;
  return {
    async encode(subject, text) {
      const key = await keyring.sealing();
      const box = seal(sealingKey(key), label(subject), Buffer.from(text));
      return Buffer.concat([Buffer.from([version]), Buffer.from(key.id, "hex"), box]).toString("base64url");
    },
    async decode(subject, encoded) {
      const message = Buffer.from(encoded, "base64url");
      if (message.length <= headLength || message[0] !== version) return undefined;
      const key = await keyring.find(message.subarray(1, headLength).toString("hex"));
      if (key === undefined) return undefined;
      return unseal(sealingKey(key), label(subject), message.subarray(headLength))?.toString();
    },
  };
}
