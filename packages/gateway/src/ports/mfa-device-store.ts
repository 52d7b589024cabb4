import type { Grant } from "./grant.ts";
import type { Done, StoreRefusal, TagChange } from "./identity-store.ts";
import type { Page, PageQuery } from "./page.ts";

/** A virtual MFA device. Its seed leaves the store once: when the device is made, by the operation that made the seed. */
export interface MfaDeviceRecord {
  readonly accountId: string;
  /** The ARN, which is unique. Compared without case, as IAM's names are. */
  readonly serialNumber: string;
  readonly name: string;
  readonly path: string;
  readonly createdAt: number;
  readonly tags: ReadonlyMap<string, string>;
  /** Undefined: nobody's. */
  readonly assigned: MfaAssignment | undefined;
}

export interface MfaAssignment {
  /** Undefined: the account's root. */
  readonly ownerId: string | undefined;
  readonly enabledAt: number;
}

/** Whose device it is: a user of the account, or its root (`ownerId` undefined). */
export interface MfaOwner {
  readonly accountId: string;
  readonly ownerId: string | undefined;
}

export type WrongCode = { readonly kind: "wrong-code" };

/** Two consecutive codes of a device, given to one owner. */
export interface MfaCodes {
  readonly owner: MfaOwner;
  readonly serialNumber: string;
  readonly codes: readonly [string, string];
  /** ms. */
  readonly now: number;
}

/**
 * INVARIANT: a code counts once. The transaction that accepts a code stores its step, and a code of that step or of an earlier one is
 * wrong from then on, for every process. The two codes of `enable` and `resync` count too.
 */
export interface MfaDeviceStore {
  findMfaDevice(accountId: string, serialNumber: string): Promise<MfaDeviceRecord | undefined>;
  createMfaDevice(
    grant: Grant,
    device: Omit<MfaDeviceRecord, "assigned" | "serialNumber"> & { readonly seed: Uint8Array },
  ): Promise<Done | StoreRefusal>;
  /** `assigned` undefined: all. By serial number. */
  listMfaDevices(
    grant: Grant,
    accountId: string,
    query: Omit<PageQuery, "pathPrefix"> & { readonly assigned: boolean | undefined },
  ): Promise<Page<MfaDeviceRecord>>;
  /** At most eight. */
  listMfaDevicesOf(grant: Grant, owner: MfaOwner): Promise<readonly MfaDeviceRecord[]>;
  /** `exists`: the device is somebody's already. */
  enableMfaDevice(grant: Grant, codes: MfaCodes): Promise<Done | StoreRefusal | WrongCode>;
  /** Learns how wrong the device's clock is. `missing` when it is not the owner's. */
  resyncMfaDevice(grant: Grant, codes: MfaCodes): Promise<Done | StoreRefusal | WrongCode>;
  deactivateMfaDevice(grant: Grant, owner: MfaOwner, serialNumber: string): Promise<Done | StoreRefusal>;
  /** Refused while it is somebody's. */
  deleteMfaDevice(grant: Grant, accountId: string, serialNumber: string): Promise<Done | StoreRefusal>;
  changeMfaDeviceTags(
    grant: Grant,
    accountId: string,
    serialNumber: string,
    change: TagChange,
  ): Promise<Done | StoreRefusal>;
  /** Without a grant, because a code is a part of who calls. `missing` when the device is not the owner's. */
  useMfaCode(
    owner: MfaOwner,
    serialNumber: string,
    code: string,
    now: number,
  ): Promise<Done | Extract<StoreRefusal, { kind: "missing" }> | WrongCode>;
}
