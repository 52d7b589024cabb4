import { childOf, textOf } from "../tree.ts";
import { allOf, iam } from "./iam.ts";

export interface MfaDevice {
  readonly serialNumber: string;
  readonly enabled: string;
}

export const listMfaDevices = (user: string): Promise<MfaDevice[]> =>
  allOf("ListMFADevices", { UserName: user }, "MFADevices", (node) => ({
    serialNumber: textOf(node, "SerialNumber"),
    enabled: textOf(node, "EnableDate"),
  }));

export interface NewMfaDevice {
  readonly serialNumber: string;
  /** What an authenticator app is given by hand. */
  readonly secret: string;
  /** The same as a picture, in base64. */
  readonly qrCode: string;
}

export async function createMfaDevice(name: string): Promise<NewMfaDevice> {
  const device = childOf(await iam("CreateVirtualMFADevice", { VirtualMFADeviceName: name }), "VirtualMFADevice");
  return {
    serialNumber: textOf(device, "SerialNumber"),
    secret: atob(textOf(device, "Base32StringSeed")),
    qrCode: textOf(device, "QRCodePNG"),
  };
}

export async function removeMfaDevice(user: string, serialNumber: string): Promise<void> {
  await iam("DeactivateMFADevice", { UserName: user, SerialNumber: serialNumber });
  await iam("DeleteVirtualMFADevice", { SerialNumber: serialNumber });
}
