import { totpCode } from "../../../packages/gateway/src/domain/identity/totp.ts";
import { unbase32 } from "../../../packages/gateway/test/unbase32.ts";
import { accountId } from "../../../packages/gateway/test/notification-files.ts";
import { keepKeys, keptKeys, type Life, readOf, step } from "./life.ts";

const oldPassword = "the-first-of-Passw0rds!";

/** Of a user who changes it. When that is the next step, or was one, the old one is tried, and stays. */
const password: Life = {
  service: "IAM",
  kind: "password-life",
  costly: true,
  async read(UserName, send, memory) {
    const keys = keptKeys(memory, "user");
    const profile = await readOf(send, "IAM", "GetLoginProfile", { UserName });
    const policies = await readOf(send, "IAM", "ListUserPolicies", { UserName });
    if (keys === undefined || !memory.has("next")) return { profile, policies };
    const input = { OldPassword: oldPassword, NewPassword: oldPassword };
    return { profile, policies, changed: await readOf(send, "IAM", "ChangePassword", input, keys) };
  },
  steps: [
    step("CreateUser", (UserName) => ({ UserName })),
    step("PutUserPolicy", (UserName) => ({
      UserName,
      PolicyName: "own",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "iam:ChangePassword", Resource: "*" }],
      }),
    })),
    { ...step("CreateAccessKey", (UserName) => ({ UserName }), keepKeys("user")), unseen: true },
    step(
      "CreateLoginProfile",
      (UserName) => ({ UserName, Password: oldPassword }),
      (_answer, memory) => void memory.set("next", "ChangePassword"),
    ),
    {
      by: "user",
      ...step("ChangePassword", () => ({ OldPassword: oldPassword, NewPassword: "the-second-of-Passw0rds!" })),
    },
  ],
};

/** Two codes of the device in a row; `later`: steps after those with which it was enabled. */
function codes(memory: ReadonlyMap<string, string>, later: number): object {
  const seed = unbase32(memory.get("seed") ?? "");
  const first = Number(memory.get("first step")) + later;
  return {
    SerialNumber: memory.get("device"),
    AuthenticationCode1: totpCode(seed, first),
    AuthenticationCode2: totpCode(seed, first + 1),
  };
}

/** A device and the user who has it. Codes between those of the last two steps are tried: each counts once, and none after a later one. */
const device: Life = {
  service: "IAM",
  kind: "device-life",
  async read(UserName, send, memory) {
    const SerialNumber = `arn:aws:iam::${accountId}:mfa/${UserName}`;
    return {
      devices: await readOf(send, "IAM", "ListMFADevices", { UserName }),
      tags: await readOf(send, "IAM", "ListMFADeviceTags", { SerialNumber }),
      ...(memory.has("first step")
        ? { between: await readOf(send, "IAM", "ResyncMFADevice", { UserName, ...codes(memory, 1) }) }
        : {}),
    };
  },
  steps: [
    step("CreateUser", (UserName) => ({ UserName })),
    step(
      "CreateVirtualMFADevice",
      (VirtualMFADeviceName) => ({ VirtualMFADeviceName }),
      ({ VirtualMFADevice }, memory) => {
        const made = VirtualMFADevice as { readonly SerialNumber: string; readonly Base32StringSeed: Uint8Array };
        memory.set("device", made.SerialNumber);
        memory.set("seed", Buffer.from(made.Base32StringSeed).toString());
      },
    ),
    step("TagMFADevice", (_name, memory) => ({
      SerialNumber: memory.get("device"),
      Tags: [{ Key: "a", Value: "b" }],
    })),
    step("EnableMFADevice", (UserName, memory) => {
      memory.set("first step", String(Math.floor(Date.now() / 30_000) - 5));
      return { UserName, ...codes(memory, 0) };
    }),
    step("ResyncMFADevice", (UserName, memory) => ({ UserName, ...codes(memory, 2) })),
    step("DeactivateMFADevice", (UserName, memory) => ({ UserName, SerialNumber: memory.get("device") })),
    step("UntagMFADevice", (_name, memory) => ({ SerialNumber: memory.get("device"), TagKeys: ["a"] })),
    step("DeleteVirtualMFADevice", (_name, memory) => ({ SerialNumber: memory.get("device") })),
    step("DeleteUser", (UserName) => ({ UserName })),
  ],
};

export const signInLives = [password, device] as const;
