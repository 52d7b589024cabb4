/** What may happen to virtual MFA devices; see `principal-rules.ts`. Quotas: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
import type { PrincipalRecord } from "../../ports/identity-records.ts";
import type { Done, StoreRefusal } from "../../ports/identity-store.ts";
import type { MfaDeviceRecord } from "../../ports/mfa-device-store.ts";
import { type Counted, done, exists, missing } from "./principal-rules.ts";

const maxDevicesInUse = 8;

/** The device of the root has this name and path. No other may have it, and no user. */
export const rootDeviceName = "root-account-mfa-device";

export function mfaDeviceArn(accountId: string, path: string, name: string): string {
  return `arn:aws:iam::${accountId}:mfa${path}${name}`;
}

export function mayCreateMfaDevice({
  serialTaken,
  count,
  quota,
}: Counted & { readonly serialTaken: boolean }): Done | StoreRefusal {
  if (serialTaken) return exists;
  return count < quota ? done : { kind: "limit", what: "VirtualMfaDevicesPerAccount", quota };
}

/** `owner`: "root", or what is stored under the owner's id. `inUse`: how many devices the owner has. */
export function mayEnableMfaDevice(
  device: MfaDeviceRecord | undefined,
  owner: "root" | PrincipalRecord | undefined,
  inUse: number,
): Done | StoreRefusal {
  if (device === undefined) return missing;
  if (owner !== "root" && owner?.kind !== "user") return missing;
  if (device.assigned !== undefined) return exists;
  return inUse >= maxDevicesInUse ? { kind: "limit", what: "MfaDevicesInUsePerUser", quota: maxDevicesInUse } : done;
}

export function mayDeleteMfaDevice(device: MfaDeviceRecord | undefined): Done | StoreRefusal {
  if (device === undefined) return missing;
  return device.assigned === undefined
    ? done
    : { kind: "conflict", reason: "MFA VirtualDevice in use. Must deactivate first." };
}
