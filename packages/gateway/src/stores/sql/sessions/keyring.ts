import { randomBytes } from "node:crypto";
import { type KeyState, keyStates, rotationStep } from "../../../domain/keyring/rotation.ts";
import type { KeyringKey } from "../../../domain/sessions/session-token.ts";
import type { KeyLife, KeyringControl } from "../../../ports/keyring-control.ts";
import { StoreError } from "../../../ports/store-error.ts";
import type { Reader } from "../database.ts";
import type { DirectoryDatabase } from "../identity/directory-database.ts";
import type { KeyringRow } from "../identity/session-procedures.ts";
import { watchRevision } from "../revision-watch.ts";
import { blob, integer, oneOf, optional, text } from "../sql-value.ts";
import { deriveKey, seal, unseal } from "../../../domain/keyring/sealed-box.ts";

/**
 * Random keys that seal sessions. They live in the directory, wrapped by the key file, and rotate: a new key is distributed
 * (every gateway can open with it), then seals, then only opens until the longest session it sealed has ended.
 */
export interface Keyring extends Pick<KeyringControl, "keys"> {
  sealing(): Promise<KeyringKey>;
  find(id: string): Promise<KeyringKey | undefined>;
  /** See `KeyringControl`. `through`: what the changes are written through. */
  rotateNow(now: number, through: DirectoryDatabase): ReturnType<KeyringControl["rotateNow"]>;
  /** Takes the step that rotation asks for now (ms), if any. */
  rotate(now: number): Promise<void>;
}

/** Whether every key of the keyring was wrapped by this key file. */
export async function keyringOpens(reader: Reader, keyFile: Buffer): Promise<boolean> {
  const wrapping = deriveKey(keyFile, "keyring");
  const keys = await reader.all("SELECT id, wrapped FROM keyring", [], ([id, wrapped]) => ({
    id: text(id),
    wrapped: blob(wrapped),
  }));
  return keys.every(({ id, wrapped }) => unseal(wrapping, id, wrapped) !== undefined);
}

/** Nothing was ever sealed: only then may a key file be made. */
export async function isEmptyKeyring(reader: Reader): Promise<boolean> {
  return (await reader.get("SELECT 1 FROM keyring LIMIT 1", [], () => true)) === undefined;
}

function readKeys(reader: Reader): Promise<readonly KeyLife[]> {
  return reader.all(
    "SELECT id, state, created_at, stopped_at FROM keyring ORDER BY created_at, id",
    [],
    ([id, state, created, stopped]) => ({
      id: text(id),
      state: oneOf(keyStates, state),
      created: integer(created),
      stopped: optional(integer, stopped),
    }),
  );
}

/** The keys at a revision of the directory, unwrapped. */
interface OpenedKeys {
  readonly revision: string | undefined;
  readonly keys: ReadonlyMap<string, KeyringKey>;
  readonly sealing: KeyringKey | undefined;
}

async function readOpenedKeys(reader: Reader, wrapping: Buffer, revision: string): Promise<OpenedKeys> {
  const rows = await reader.all("SELECT id, wrapped, state FROM keyring", [], ([id, wrapped, state]) => ({
    id: text(id),
    wrapped: blob(wrapped),
    state: oneOf(keyStates, state),
  }));
  const keys = new Map<string, KeyringKey>();
  let sealing: KeyringKey | undefined;
  for (const { id, wrapped, state } of rows) {
    const key = unseal(wrapping, id, wrapped);
    // Fails closed: with the wrong key file nothing opens and nothing is sealed.
    if (key === undefined) throw new StoreError("corrupt", "the keyring does not open with this key file");
    keys.set(id, { id, key });
    if (state === "sealing") sealing = { id, key };
  }
  return { revision, keys, sealing };
}

export async function openKeyring(database: DirectoryDatabase, keyFile: Buffer, now: number): Promise<Keyring> {
  const wrapping = deriveKey(keyFile, "keyring");
  const watch = watchRevision(database.reader, "sessions");
  let opened: OpenedKeys = { revision: undefined, keys: new Map(), sealing: undefined };

  const load = async (): Promise<OpenedKeys> => {
    const seen = watch.isCurrent() && watch.revision !== undefined ? watch.revision : await watch.read();
    if (seen === opened.revision) return opened;
    // Read after the revision, so never older than what they are kept as.
    const found = await readOpenedKeys(database.reader, wrapping, seen);
    if (seen === watch.revision) opened = found;
    return found;
  };

  const newKey = (): Pick<KeyringRow, "id" | "wrapped"> => {
    const id = randomBytes(4).toString("hex");
    return { id, wrapped: seal(wrapping, id, randomBytes(32)) };
  };
  const add = (createdAt: number, state: KeyState) =>
    database.write("addKeyringKey", { ...newKey(), createdAt, state });
  // One write, so that no crash leaves a keyring that seals nothing.
  if ((await load()).sealing === undefined) await add(now, "sealing");
  return {
    async sealing() {
      const { sealing } = await load();
      if (sealing === undefined) throw new StoreError("corrupt", "the keyring has no sealing key");
      return sealing;
    },
    async find(id) {
      return (await load()).keys.get(id);
    },
    keys: () => readKeys(database.reader),
    rotateNow: (at, through) => through.write("rotateKeyring", { ...newKey(), now: at }),
    async rotate(at) {
      const keys = await readKeys(database.reader);
      const { next, dropStoppedBefore } = rotationStep(keys, at);
      if (next.kind === "add") await add(at, "distributed");
      if (next.kind === "promote") await database.write("promoteKeyringKey", { id: next.id, now: at });
      if (dropStoppedBefore !== undefined)
        await database.write("dropRetiredKeys", { stoppedBefore: dropStoppedBefore });
    },
  };
}
