import { CreateVirtualMFADeviceCommand, EnableMFADeviceCommand, type IAMClient } from "@aws-sdk/client-iam";
import { totpCode } from "../src/domain/identity/totp.ts";
import { unbase32 } from "./unbase32.ts";

/** A new device of the user. `code(0)` is its code of now, and no code of it has counted that late. */
export async function enableDevice(iam: IAMClient, UserName: string) {
  const name = `${UserName}-phone`;
  const made = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }));
  const { SerialNumber = "", Base32StringSeed = [] } = made.VirtualMFADevice ?? {};
  const seed = unbase32(Buffer.from(Base32StringSeed).toString());
  const step = Math.floor(Date.now() / 30_000);
  const codes = { AuthenticationCode1: totpCode(seed, step - 2), AuthenticationCode2: totpCode(seed, step - 1) };
  await iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes }));
  return { SerialNumber, code: (ahead: number) => totpCode(seed, Math.floor(Date.now() / 30_000) + ahead) };
}
