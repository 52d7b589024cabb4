import type { AccessKeyInfo, UserRecord } from "../../ports/identity-records.ts";
import type { LastUse } from "../../ports/last-used.ts";
import type { LoginProfileRecord, PasswordPolicy } from "../../ports/password-store.ts";
import { passwordExpiry } from "./password-policy.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html */
const columns = [
  "user",
  "arn",
  "user_creation_time",
  "password_enabled",
  "password_last_used",
  "password_last_changed",
  "password_next_rotation",
  "mfa_active",
  ...[1, 2].flatMap((n) => [
    `access_key_${n}_active`,
    `access_key_${n}_last_rotated`,
    `access_key_${n}_last_used_date`,
    `access_key_${n}_last_used_region`,
    `access_key_${n}_last_used_service`,
  ]),
  ...[1, 2].flatMap((n) => [`cert_${n}_active`, `cert_${n}_last_rotated`]),
] as const;

export const credentialReportHead = columns.join(",");

/** "You can generate a credential report as often as once every four hours." */
export const credentialReportAge = 4 * 60 * 60 * 1000;

export interface ReportedKey extends Pick<AccessKeyInfo, "status" | "createdAt"> {
  readonly lastUse: LastUse | undefined;
}

/** What a line is made of. */
export interface ReportedUser {
  /** "root": with the time when the account was made. */
  readonly user:
    | Pick<UserRecord, "name" | "arn" | "createdAt">
    | { readonly accountId: string; readonly createdAt: number };
  readonly profile: LoginProfileRecord | undefined;
  readonly passwordLastUse: LastUse | undefined;
  readonly policy: PasswordPolicy | undefined;
  readonly mfaActive: boolean;
  readonly keys: readonly ReportedKey[];
}

const none = "N/A";

function time(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace(".000Z", "+00:00");
}

function keyFields(key: ReportedKey | undefined): readonly string[] {
  if (key === undefined) return ["false", none, none, none, none];
  const { status, createdAt, lastUse } = key;
  const used = lastUse === undefined ? [none, none, none] : [time(lastUse.at), lastUse.region, lastUse.service];
  return [String(status === "Active"), time(createdAt), ...used];
}

function passwordFields({ user, profile, passwordLastUse, policy }: ReportedUser): readonly string[] {
  // The root has no password here, and AWS says nothing else of the root's.
  if ("accountId" in user) return ["not_supported", "no_information", "not_supported", "not_supported"];
  if (profile === undefined) return ["false", none, none, none];
  const expiry = passwordExpiry(policy, profile.changedAt);
  return [
    "true",
    passwordLastUse === undefined ? "no_information" : time(passwordLastUse.at),
    time(profile.changedAt),
    expiry === undefined ? none : time(expiry),
  ];
}

/** One line of the report, without its end. No field has a comma or a quotation mark but names and ARNs, which are quoted then. */
export function credentialReportLine(reported: ReportedUser): string {
  const { user, keys, mfaActive } = reported;
  const [name, arn] =
    "accountId" in user ? ["<root_account>", `arn:aws:iam::${user.accountId}:root`] : [user.name, user.arn];
  const certificates = ["false", none, "false", none];
  return [
    quoted(name),
    quoted(arn),
    time(user.createdAt),
    ...passwordFields(reported),
    String(mfaActive),
    ...keyFields(keys[0]),
    ...keyFields(keys[1]),
    ...certificates,
  ].join(",");
}

/** RFC 4180; names of users may have commas. */
function quoted(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
