import { randomBytes } from "node:crypto";
import { type KeyState, keyStates, rotationStep } from "../../../domain/keyring/rotation.ts";
import type { KeyringKey } from "../../../domain/sessions/session-token.ts";
import type { KeyLife, KeyringControl } from "../../../ports/keyring-control.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Reader } from "../connection.ts";
import type { DirectoryDatabase } from "../identity/directory-database.ts";
import type { KeyringRow } from "../identity/session-procedures.ts";
import { readRevision } from "../revision.ts";
import { blob, integer, oneOf, optional, text } from "../../sql/sql-value.ts";
import { deriveKey, seal, unseal } from "../../../domain/keyring/sealed-box.ts";

/**
 * Random keys that seal sessions. They live in the directory, wrapped by the key file, and rotate: a new key is distributed
 * (every gateway can open with it), then seals, then only opens until the longest session it sealed has ended.
 */
export interface Keyring extends Pick<KeyringControl, "keys"> {
  sealing(): KeyringKey;
  find(id: string): KeyringKey | undefined;
  /** See `KeyringControl`. `through`: what the changes are written through. */
  rotateNow(now: number, through: DirectoryDatabase): ReturnType<KeyringControl["rotateNow"]>;
  /** Takes the step that rotation asks for now (ms), if any. */
  rotate(now: number): Promise<void>;
}

/** Whether every key of the keyring was wrapped by this key file. */
export function keyringOpens(reader: Reader, keyFile: Buffer): boolean {
  const wrapping = deriveKey(keyFile, "keyring");
  return reader
    .all("SELECT id, wrapped FROM keyring", [], ([id, wrapped]) => ({ id: text(id), wrapped: blob(wrapped) }))
    .every(({ id, wrapped }) => unseal(wrapping, id, wrapped) !== undefined);
}

function readKeys(reader: Reader): readonly KeyLife[] {
  return reader.all(
    "SELECT id, state, created_at, stopped_at FROM keyring ORDER BY created_at",
    [],
    ([id, state, created, stopped]) => ({
      id: text(id),
      state: oneOf(keyStates, state),
      created: integer(created),
      stopped: optional(integer, stopped),
    }),
  );
}

export async function openKeyring(database: DirectoryDatabase, keyFile: Buffer, now: number): Promise<Keyring> {
  const wrapping = deriveKey(keyFile, "keyring");
  let revision = -1;
  let keys = new Map<string, KeyringKey>();
  let current: KeyringKey | undefined;

  const load = (): void => {
    const seen = readRevision(database.reader);
    if (seen === revision) return;
    const rows = database.reader.all("SELECT id, wrapped, state FROM keyring", [], ([id, wrapped, state]) => ({
      id: text(id),
      wrapped: blob(wrapped),
      state: oneOf(keyStates, state),
    }));
    keys = new Map();
    current = undefined;
    for (const { id, wrapped, state } of rows) {
      const key = unseal(wrapping, id, wrapped);
      // Fails closed: with the wrong key file nothing opens and nothing is sealed.
      if (key === undefined) throw new StoreError("corrupt", "the keyring does not open with this key file");
      keys.set(id, { id, key });
      if (state === "sealing") current = { id, key };
    }
    revision = seen;
  };

  const newKey = (): Pick<KeyringRow, "id" | "wrapped"> => {
    const id = randomBytes(4).toString("hex");
    return { id, wrapped: seal(wrapping, id, randomBytes(32)) };
  };
  const add = (createdAt: number, state: KeyState) =>
    database.write("addKeyringKey", { ...newKey(), createdAt, state });
  load();
  // One write, so that no crash leaves a keyring that seals nothing.
  if (current === undefined) await add(now, "sealing");
  return {
    sealing() {
      load();
      if (current === undefined) throw new StoreError("corrupt", "the keyring has no sealing key");
      return current;
    },
    find(id) {
      load();
      return keys.get(id);
    },
    keys: () => readKeys(database.reader),
    rotateNow: (at, through) => through.write("rotateKeyring", { ...newKey(), now: at }),
    async rotate(at) {
      const keys = readKeys(database.reader);
      const { next, dropStoppedBefore } = rotationStep(keys, at);
      if (next.kind === "add") await add(at, "distributed");
      if (next.kind === "promote") await database.write("promoteKeyringKey", { id: next.id, now: at });
      if (dropStoppedBefore !== undefined)
        await database.write("dropRetiredKeys", { stoppedBefore: dropStoppedBefore });
    },
  };
}
