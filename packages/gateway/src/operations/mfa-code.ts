import type { MfaOwner } from "../ports/mfa-device-store.ts";
import { type OperationContext, type Refusal, refuse } from "./operation.ts";

/**
 * Guesses of the codes of one user, with whichever device: a guess is right with a chance of 3 in a million for each device that it is
 * compared with, and a user has eight at most.
 */
const guesses = { max: 10, window: 15 * 60 * 1000 } as const;

/**
 * Counts a try before it is made, so that tries at the same time are counted too; a code that is right forgets the tries before it.
 * Undefined: there were too many, and `attempt` was not made. `enabling`: the serial number of a device that is nobody's yet, whose tries
 * are counted apart, because it opens nothing for its owner before it is enabled.
 */
export async function tryCodes<R extends { readonly kind: string }>(
  { ports }: Pick<OperationContext, "ports">,
  { accountId, ownerId }: MfaOwner,
  attempt: () => Promise<R>,
  enabling?: string,
): Promise<R | undefined> {
  const owner = `mfa ${accountId} ${ownerId ?? "root"}`;
  const key = enabling === undefined ? owner : `${owner} ${enabling.toLowerCase()}`;
  if (!(await ports.counters.count(key, guesses))) return undefined;
  const result = await attempt();
  if (result.kind === "done") await ports.counters.reset(key);
  return result;
}

export const tooManyGuesses = "too many wrong codes: wait 15 minutes and try again.";

const unknownDevice =
  "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.";
const wrongCode = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
const oneMissing = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";

/**
 * `SerialNumber` and `TokenCode` of AssumeRole and GetSessionToken. Gives the time of the authentication (ms) for the session and for
 * `aws:MultiFactorAuthPresent` and `aws:MultiFactorAuthAge`; undefined when neither was sent; or the refusal. The device must be the
 * caller's: of the user, also when a session of its own calls, or of the root. Ask once a request, because the code counts once: a request
 * that is refused afterwards has used it up.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
 */
export async function verifyMfaCode(
  context: Pick<OperationContext, "ports" | "principal" | "now">,
  serialNumber: string | undefined,
  tokenCode: string | undefined,
): Promise<number | undefined | Refusal> {
  if (serialNumber === undefined && tokenCode === undefined) return undefined;
  if (serialNumber === undefined || tokenCode === undefined) return refuse("AccessDenied", oneMissing);
  const { ports, principal, now } = context;
  const owner = ownerOf(principal);
  if (owner === undefined) return refuse("AccessDenied", unknownDevice);
  const device = await ports.identity.findMfaDevice(owner.accountId, serialNumber);
  // A device of nobody, or of somebody else, is unknown; no try is counted, so that nobody can use up the tries of another.
  if (device?.assigned === undefined || device.assigned.ownerId !== owner.ownerId)
    return refuse("AccessDenied", unknownDevice);
  const used = await tryCodes(context, owner, () =>
    ports.identity.useMfaCode(owner, device.serialNumber, tokenCode, now),
  );
  if (used === undefined) return refuse("AccessDenied", `MultiFactorAuthentication failed, ${tooManyGuesses}`);
  if (used.kind === "missing") return refuse("AccessDenied", unknownDevice);
  return used.kind === "done" ? now : refuse("AccessDenied", wrongCode);
}

function ownerOf(principal: OperationContext["principal"]): MfaOwner | undefined {
  if (principal.kind === "root") return { accountId: principal.accountId, ownerId: undefined };
  if (principal.kind !== "user" && principal.kind !== "user-session") return undefined;
  return { accountId: principal.accountId, ownerId: principal.userId };
}
