import { expect, test } from "vitest";
import { credentialReportHead, credentialReportLine, type ReportedUser } from "./credential-report.ts";

const at = Date.UTC(2026, 10, 29, 1, 2, 3, 456);
const ann: ReportedUser = {
  user: { name: "ann,b", arn: "arn:aws:iam::111122223333:user/ann,b", createdAt: at },
  profile: undefined,
  passwordLastUse: undefined,
  policy: undefined,
  mfaActive: false,
  keys: [],
};
const use = { at: at + 1000, service: "s3", region: "eu-west-1" };
const expiring = {
  minimumLength: 6,
  requireSymbols: false,
  requireNumbers: false,
  requireUppercase: false,
  requireLowercase: false,
  usersMayChange: false,
  maxAge: 2,
  reusePrevention: undefined,
  hardExpiry: undefined,
};

test("the columns are those of the documentation", () =>
  expect(credentialReportHead).toBe(
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated",
  ));

test("a user without anything", () =>
  expect(credentialReportLine(ann)).toBe(
    '"ann,b","arn:aws:iam::111122223333:user/ann,b",2026-11-29T01:02:03+00:00,false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A',
  ));

test("a user with everything", () => {
  const profile = { createdAt: at, changedAt: at + 5000, resetRequired: false };
  const keys = [
    { status: "Active", createdAt: at, lastUse: use },
    { status: "Inactive", createdAt: at + 2000, lastUse: undefined },
  ] as const;
  const full = {
    ...ann,
    user: { ...ann.user, name: "ann", arn: "arn" },
    profile,
    policy: expiring,
    mfaActive: true,
    keys,
  };
  const rest =
    "true,true,2026-11-29T01:02:03+00:00,2026-11-29T01:02:04+00:00,eu-west-1,s3,false,2026-11-29T01:02:05+00:00,N/A,N/A,N/A,false,N/A,false,N/A";
  expect(credentialReportLine(full)).toBe(
    `ann,arn,2026-11-29T01:02:03+00:00,true,no_information,2026-11-29T01:02:08+00:00,2026-12-01T01:02:08+00:00,${rest}`,
  );
  expect(credentialReportLine({ ...full, policy: undefined, passwordLastUse: use })).toBe(
    `ann,arn,2026-11-29T01:02:03+00:00,true,2026-11-29T01:02:04+00:00,2026-11-29T01:02:08+00:00,N/A,${rest}`,
  );
});

test("the root", () =>
  expect(credentialReportLine({ ...ann, user: { accountId: "111122223333", createdAt: at }, mfaActive: true })).toBe(
    "<root_account>,arn:aws:iam::111122223333:root,2026-11-29T01:02:03+00:00,not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
  ));
