import { randomBytes } from "node:crypto";
import { StoreError } from "../../../ports/store-error.ts";
import type { Reader } from "../connection.ts";
import type { DirectoryDatabase } from "../identity/directory-database.ts";
import { readRevision } from "../revision.ts";
import { blob, integer, oneOf, optional, text } from "../sql-value.ts";
import { deriveKey } from "../../../domain/keyring/derive-key.ts";
import { seal, unseal } from "../../../domain/keyring/sealed-box.ts";

export interface KeyringKey {
  /** 8 hexadecimal digits. */
  readonly id: string;
  readonly key: Buffer;
}

/** `distributed` and `retiring` keys only open. */
const keyStates = ["distributed", "sealing", "retiring"] as const;
type KeyState = (typeof keyStates)[number];

/**
 * Random keys that seal sessions. They live in the directory, wrapped by the key file, and rotate: a new key is distributed
 * (every gateway can open with it), then seals, then only opens until the longest session it sealed has ended.
 */
export interface Keyring {
  sealing(): KeyringKey;
  find(id: string): KeyringKey | undefined;
  distribute(now: number): Promise<string>;
  /** A distributed key seals from now (ms) on; the one before only opens. */
  promote(id: string, now: number): Promise<void>;
  /**
   * Drops keys that stopped sealing before this time, ms.
   * INVARIANT: at least the longest session ago, or sessions end that still have time.
   */
  retire(stoppedBefore: number): Promise<void>;
  /** What rotation asks for now (ms): one step at most, so that every gateway has a key before it seals. */
  rotate(now: number): Promise<void>;
}

const day = 24 * 60 * 60 * 1000;

/** How old a key may grow, how long it is known before it seals, and the longest session (12 hours) with room to spare; ms. */
export const rotation = { age: 30 * day, distribution: day, sessions: 2 * day } as const;

/** Whether every key of the keyring was wrapped by this key file. */
export function keyringOpens(reader: Reader, keyFile: Buffer): boolean {
  const wrapping = deriveKey(keyFile, "keyring");
  return reader
    .all("SELECT id, wrapped FROM keyring", [], ([id, wrapped]) => ({ id: text(id), wrapped: blob(wrapped) }))
    .every(({ id, wrapped }) => unseal(wrapping, id, wrapped) !== undefined);
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

  const add = async (createdAt: number, state: KeyState): Promise<string> => {
    const id = randomBytes(4).toString("hex");
    await database.write("addKeyringKey", {
      id,
      wrapped: seal(wrapping, id, randomBytes(32)),
      createdAt,
      state,
    });
    return id;
  };
  const promote = async (id: string, at: number): Promise<void> => {
    await database.write("promoteKeyringKey", { id, now: at });
  };

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
    distribute: (at) => add(at, "distributed"),
    promote,
    async retire(stoppedBefore) {
      await database.write("dropRetiredKeys", { stoppedBefore });
    },
    async rotate(at) {
      const rows = database.reader.all(
        "SELECT id, state, created_at, stopped_at FROM keyring ORDER BY created_at",
        [],
        ([id, state, created, stopped]) => ({
          id: text(id),
          state: oneOf(keyStates, state),
          created: integer(created),
          stopped: optional(integer, stopped),
        }),
      );
      const next = rows.find(({ state }) => state === "distributed");
      const newest = rows.at(-1);
      if (next !== undefined && next.created <= at - rotation.distribution) await promote(next.id, at);
      else if (next === undefined && newest !== undefined && newest.created <= at - rotation.age)
        await add(at, "distributed");
      const before = at - rotation.sessions;
      if (rows.some(({ stopped }) => stopped !== undefined && stopped < before))
        await database.write("dropRetiredKeys", { stoppedBefore: before });
    },
  };
}
