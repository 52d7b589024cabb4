import { CommandError, UsageError } from "../command-line/failures.ts";
import { type JsonObject, textField } from "../formats/json.ts";
import type { Keys } from "./auth-file.ts";

/**
 * What keys are made of. The id is part of the signature's scope, so it has neither `/` nor `,`; secret and token are
 * printable ASCII. The lengths are far above those of any service.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html
 */
const alphabets = {
  accessKeyId: ["access key id", /^[\w.+=@:~-]{1,128}$/],
  secretAccessKey: ["secret access key", /^[!-~]{1,512}$/],
  sessionToken: ["session token", /^[!-~]{1,65536}$/],
} as const;

/** What is wrong with keys, without a part of them; undefined when nothing is. */
function keyFault(keys: Keys): string | undefined {
  for (const [field, [what, alphabet]] of Object.entries(alphabets)) {
    const value = keys[field as keyof Keys];
    if (value === "") return `the ${what} is empty`;
    if (value !== undefined && !alphabet.test(value))
      return `the ${what} is too long or has a character that none has, such as a space or a line break`;
  }
  return undefined;
}

/** For keys the user gives; `source` says where. */
export function checkGivenKeys(keys: Keys, source: string): Keys {
  const fault = keyFault(keys);
  if (fault !== undefined) throw new UsageError(`the credentials of ${source} cannot be used: ${fault}`);
  return keys;
}

/**
 * For credentials a service sends. A line break in one would be a setting of its own in the shared credentials file, where
 * `credential_process` names a program to run.
 */
export function checkReceivedCredentials(credentials: JsonObject): void {
  const token = credentials.get("SessionToken");
  const fault =
    keyFault({
      accessKeyId: textField(credentials, "AccessKeyId"),
      secretAccessKey: textField(credentials, "SecretAccessKey"),
      ...(token === undefined ? {} : { sessionToken: textField(credentials, "SessionToken") }),
    }) ??
    badField(credentials, "UserName", /^[!-~]{1,128}$/, "user name") ??
    badField(credentials, "Expiration", /^\d{4}-\d\d-\d\d[T ][\d:.]{5,15}(Z|[+-]\d\d:\d\d)?$/, "expiration");
  if (fault !== undefined)
    throw new CommandError(`the credentials the service sent are not used: ${fault}; check the endpoint`);
}

function badField(credentials: JsonObject, name: string, alphabet: RegExp, what: string): string | undefined {
  const value = textField(credentials, name);
  return value === "" || alphabet.test(value) ? undefined : `the ${what} is malformed`;
}
