import {
  organizationPolicyTypes,
  type OrganizationPolicyType,
  type PlaceQuery,
} from "../../ports/organization-store.ts";
import { type JsonField, jsonDefault, jsonInteger, jsonOneOf, jsonOptional, jsonText } from "../json/json-fields.ts";
import type { Page } from "../../ports/page.ts";
import { isRefusal, type Refusal, refuse } from "../operation.ts";
import { Violation } from "../query/fields.ts";
import { invalidInput } from "./refusals.ts";

/** The members that the operations share, with the limits of the API's data types. */
const pattern = (shape: RegExp, max: number): JsonField<string> => jsonText({ pattern: shape, max });

export const accountId = pattern(/^\d{12}$/, 12);
export const rootId = pattern(/^r-[0-9a-z]{4,32}$/, 34);
/** Of a root or an organizational unit; there are no units here, so one of a unit is not found. */
export const parentId = pattern(/^(?:r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$/, 100);
/** Of an account or an organizational unit. */
export const childId = pattern(/^(?:\d{12}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$/, 100);
export const targetId = pattern(/^(?:r-[0-9a-z]{4,32}|\d{12}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$/, 100);
export const policyId = pattern(/^p-[0-9a-zA-Z_]{8,128}$/, 130);
/** Of what may have tags, where it can be here. */
export const taggedId = pattern(/^(?:r-[0-9a-z]{4,32}|\d{12}|p-[0-9a-zA-Z_]{8,128})$/, 130);
export const requestId = pattern(/^car-[a-z0-9]{8,32}$/, 36);
export const accountName = pattern(/^[\u0020-\u007e]+$/, 50);
export const email = jsonText({ pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/, min: 6, max: 64 });
export const roleName = pattern(/^[\w+=,.@-]{1,64}$/, 64);
export const policyName = jsonText({ max: 128 });
export const policyDescription = jsonText({ min: 0, max: 512 });
/** Longer than any policy may be, so that a policy that is too long gets its own answer. */
export const policyContent = jsonText({ max: 32_768 });

/** Every type that the API documents; only those of `organizationPolicyTypes` can be used here. */
const documentedTypes = [
  ...organizationPolicyTypes,
  "AISERVICES_OPT_OUT_POLICY",
  "BACKUP_POLICY",
  "BEDROCK_POLICY",
  "CHATBOT_POLICY",
  "DECLARATIVE_POLICY_EC2",
  "GUARDDUTY_POLICY",
  "INSPECTOR_POLICY",
  "NETWORK_SECURITY_DIRECTOR_POLICY",
  "S3_POLICY",
  "SECURITYHUB_CSPM_POLICY",
  "SECURITYHUB_POLICY",
  "TAG_POLICY",
  "UPGRADE_ROLLOUT_POLICY",
] as const;

export const policyType = jsonOneOf(...documentedTypes);

/** The type, when it is one that decides on access. */
export function accessType(type: string): OrganizationPolicyType | Refusal {
  const found = organizationPolicyTypes.find((one) => one === type);
  return found ?? refuse("PolicyTypeNotAvailableForOrganizationException");
}

/** What follows the prefix is the id after which the page begins; another operation's token is as good as a wrong one. */
const nextToken: JsonField<string> = {
  read(value, name) {
    const token = jsonText({ max: 100_000 }).read(value, name);
    if (token instanceof Violation || isRefusal(token)) return token;
    const place = Buffer.from(token, "base64url").toString("latin1");
    return /^[\w-]{1,128}$/.test(place) && Buffer.from(place).toString("base64url") === token
      ? place
      : invalidInput("INVALID_NEXT_TOKEN", "You provided a NextToken that isn't valid.");
  },
};

export const pageFields = {
  NextToken: jsonOptional(nextToken),
  MaxResults: jsonDefault(jsonInteger(1, 20), 20),
} as const;

export function placeQuery(values: {
  readonly NextToken: string | undefined;
  readonly MaxResults: number;
}): PlaceQuery {
  return { after: values.NextToken, limit: values.MaxResults };
}

/** `NextToken` of an answer. */
export function tokenOf({ next }: Pick<Page<unknown>, "next">): string | undefined {
  return next === undefined ? undefined : Buffer.from(next).toString("base64url");
}
