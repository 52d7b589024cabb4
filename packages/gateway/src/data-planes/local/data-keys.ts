import { randomBytes } from "node:crypto";
import { rotation } from "../../domain/keyring/rotation.ts";
import { deriveKey, seal, unseal } from "../../domain/keyring/sealed-box.ts";
import type { CustomerKey } from "../../ports/object-bytes.ts";
import type { ObjectEncryption } from "../../ports/object-version.ts";
import { StoreError } from "../../ports/store-error.ts";
import type { Reader, Writer } from "../../stores/sqlite/connection.ts";
import { blob, integer, text } from "../../stores/sql/sql-value.ts";

/** The key of one body. `wrapped` is in the index; it opens with a master key, a KMS key or the customer's key. */
export interface DataKey {
  readonly key: Buffer;
  readonly wrapped: Buffer;
}

export interface KeySources {
  /** The bytes of the key file; without it nothing is encrypted with keys of the gateway. */
  readonly keyFile?: Buffer;
  readonly kmsSecret?: (arn: string) => Buffer | undefined;
}

/** The first byte of a wrapped key says what opens it. */
const kinds = { "SSE-S3": 1, "SSE-KMS": 2, "SSE-C": 3 } as const satisfies Record<ObjectEncryption["kind"], number>;

/** The first byte of the keys of a kind, in hexadecimal as SQL's `hex` gives it. */
export function dataKeyKind(kind: ObjectEncryption["kind"]): string {
  return Buffer.from([kinds[kind]]).toString("hex");
}

/** In SQL, of a wrapped key that needs the key file. */
export const needsKeyFile = "substr(data_key, 1, 1) = x'01'";

const masterIdLength = 4;

/** In SQL, the id of the master key of such a key. */
export const masterIdOf = `lower(hex(substr(data_key, 2, ${masterIdLength})))`;

interface MasterKey {
  readonly id: string;
  readonly created: number;
  /** Undefined: another key file wrapped it. */
  readonly key: Buffer | undefined;
}

export interface NewMasterKey {
  readonly id: string;
  readonly wrapped: Buffer;
  /** ms since the epoch. */
  readonly created: number;
}

/** What is needed of objects.db. */
interface KeyIndex {
  readonly reader: Reader;
  write(procedure: "addMasterKey", key: NewMasterKey): Promise<void>;
}

/** A procedure of the writer thread. */
export function addMasterKey(writer: Writer, { id, wrapped, created }: NewMasterKey): void {
  writer.run("INSERT INTO master_keys (id, wrapped, created_at) VALUES (?, ?, ?)", [id, wrapped, created]);
}

/**
 * Makes and opens data keys. Those of SSE-S3 are wrapped by a master key, which is random, in the index, and wrapped by the key file. A new
 * master key wraps from then on; the ones before stay, because no body is wrapped anew.
 */
export class DataKeys {
  readonly #sources: KeySources;
  readonly #index: KeyIndex;
  #masters: readonly MasterKey[];

  private constructor(index: KeyIndex, sources: KeySources) {
    this.#index = index;
    this.#sources = sources;
    this.#masters = readMasters(index.reader, sources.keyFile);
  }

  static async open(index: KeyIndex, sources: KeySources, now: number): Promise<DataKeys> {
    const keys = new DataKeys(index, sources);
    if (sources.keyFile !== undefined && keys.#current === undefined) await keys.rotate(now);
    return keys;
  }

  /** Opens keys and makes none, not even the first master key. */
  static toRead(reader: Reader, sources: KeySources): Pick<DataKeys, "open" | "opensWith"> {
    return new DataKeys({ reader, write: () => Promise.reject(new Error("keys that are only read")) }, sources);
  }

  /** Whether the key file opens this master key. */
  opensWith(masterId: string): boolean {
    return this.#masters.some(({ id, key }) => id === masterId && key !== undefined);
  }

  /** How many master keys another key file wrapped: what is encrypted under them cannot be read. */
  get unopened(): number {
    return this.#masters.filter(({ key }) => key === undefined).length;
  }

  /**
   * Another process on the folder may have added one. INVARIANT: what is written after a rotation was acknowledged is under the new key. One
   * row is read for each body that is encrypted, and none for one that is read, unless its key is not known.
   */
  #refresh(): void {
    const newest = "SELECT id FROM master_keys ORDER BY created_at DESC, rowid DESC LIMIT 1";
    const id = this.#index.reader.get(newest, [], ([value]) => text(value));
    if (id !== this.#masters.at(-1)?.id) this.#masters = readMasters(this.#index.reader, this.#sources.keyFile);
  }

  get #current(): MasterKey | undefined {
    return this.#masters.findLast(({ key }) => key !== undefined);
  }

  /** A new master key. */
  async rotate(now: number): Promise<void> {
    const { keyFile } = this.#sources;
    if (keyFile === undefined) return;
    const [id, key] = [randomBytes(masterIdLength).toString("hex"), randomBytes(32)];
    await this.#index.write("addMasterKey", { id, wrapped: seal(wrappingKey(keyFile), id, key), created: now });
    this.#masters = [...this.#masters, { id, created: now, key }];
  }

  async rotateWhenOld(now: number): Promise<void> {
    if ((this.#current?.created ?? 0) <= now - rotation.age) await this.rotate(now);
  }

  create(encryption: ObjectEncryption, customerKey: CustomerKey | undefined): DataKey {
    const key = randomBytes(32);
    const kind = Buffer.from([kinds[encryption.kind]]);
    if (encryption.kind !== "SSE-S3") {
      const box = seal(this.#wrapping(encryption, customerKey), labelOf(encryption), key);
      return { key, wrapped: Buffer.concat([kind, box]) };
    }
    this.#refresh();
    const master = this.#current;
    if (master?.key === undefined) throw new StoreError("unavailable", "there is no master key for objects");
    const box = seal(master.key, labelOf(encryption), key);
    return { key, wrapped: Buffer.concat([kind, Buffer.from(master.id, "hex"), box]) };
  }

  /** INVARIANT: bytes that are not encrypted are never given as bytes that are, and not the other way round. */
  open(
    wrapped: Buffer | undefined,
    encryption: ObjectEncryption | undefined,
    customerKey: CustomerKey | undefined,
  ): Buffer | undefined {
    if (wrapped === undefined && encryption === undefined) return undefined;
    if (wrapped === undefined || encryption === undefined || wrapped[0] !== kinds[encryption.kind])
      throw new StoreError("corrupt", "a body is not encrypted as its version says");
    const box = wrapped.subarray(1);
    const key =
      encryption.kind === "SSE-S3"
        ? this.#openWithMaster(box, encryption)
        : unseal(this.#wrapping(encryption, customerKey), labelOf(encryption), box);
    if (key === undefined) throw new StoreError("corrupt", "the key of a body does not open");
    return key;
  }

  #openWithMaster(box: Buffer, encryption: ObjectEncryption): Buffer | undefined {
    const id = box.subarray(0, masterIdLength).toString("hex");
    if (!this.#masters.some((one) => one.id === id)) this.#refresh();
    const master = this.#masters.find((one) => one.id === id)?.key;
    return master && unseal(master, labelOf(encryption), box.subarray(masterIdLength));
  }

  #wrapping(encryption: Exclude<ObjectEncryption, { kind: "SSE-S3" }>, customerKey: CustomerKey | undefined): Buffer {
    const key =
      encryption.kind === "SSE-C"
        ? customerKey && deriveKey(customerKey, "data keys")
        : this.#sources.kmsSecret?.(encryption.keyArn);
    if (key === undefined) throw new StoreError("corrupt", `a body of ${encryption.kind} without its key`);
    return key;
  }
}

function wrappingKey(keyFile: Buffer): Buffer {
  return deriveKey(keyFile, "master keys of objects");
}

function readMasters(reader: Reader, keyFile: Buffer | undefined): readonly MasterKey[] {
  const wrapping = keyFile && wrappingKey(keyFile);
  return reader.all("SELECT id, wrapped, created_at FROM master_keys ORDER BY created_at, rowid", [], (row) => {
    const id = text(row[0]);
    return { id, created: integer(row[2]), key: wrapping && unseal(wrapping, id, blob(row[1])) };
  });
}

/** Authenticated with the wrapped key, which opens for the same kind and the same encryption context only. */
function labelOf(encryption: ObjectEncryption): string {
  return encryption.kind === "SSE-KMS" ? `data key SSE-KMS ${encryption.context ?? ""}` : `data key ${encryption.kind}`;
}
