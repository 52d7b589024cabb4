import { type JsonObject, textField } from "../formats/json.ts";
import { CommandError } from "../command-line/failures.ts";

export interface CredentialSource {
  /** Credentials that are still valid for a while. Rejects when the service refuses and the old credentials have expired. */
  current(): Promise<JsonObject>;
}

export interface Sourcing {
  readonly issue: () => Promise<JsonObject>;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Called when a refresh fails while the old credentials still work. */
  readonly warn: (reason: string) => void;
}

/** Clients refresh what has less than this left (the AWS SDKs: five minutes), so it is renewed a little earlier. */
const renewBefore = 6 * 60_000;

function expirationOf(credentials: JsonObject): number {
  const time = new Date(textField(credentials, "Expiration").replace(" ", "T")).getTime();
  if (Number.isNaN(time)) throw new CommandError("the service's credentials do not say when they end");
  return time;
}

/** INVARIANT: one refresh at a time, however many ask. */
export function credentialSource(first: JsonObject, { issue, now, warn }: Sourcing): CredentialSource {
  let held = first;
  // Short ones are renewed when half of their time is over, or they would be renewed with every request.
  let renewAt = renewTime(first, now());
  let renewing: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    const asked = now();
    held = await issue();
    renewAt = renewTime(held, asked);
  };
  return {
    async current() {
      if (now() < renewAt) return held;
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      try {
        await renewing;
      } catch (error) {
        if (now() >= expirationOf(held)) throw error;
        warn(error instanceof Error ? error.message : "failed");
      }
      return held;
    },
  };
}

function renewTime(credentials: JsonObject, issued: number): number {
  const end = expirationOf(credentials);
  return Math.max(end - renewBefore, issued + (end - issued) / 2);
}
