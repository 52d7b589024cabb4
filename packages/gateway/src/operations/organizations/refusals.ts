import type { OrganizationRefusal } from "../../ports/organization-store.ts";
import { type Refusal, refuse } from "../operation.ts";
import type { Violation } from "../query/fields.ts";

const constraint = (Reason: string, message: string): Refusal =>
  refuse("ConstraintViolationException", message, { details: { Reason } });

const invalid = (Reason: string, message: string): Refusal =>
  refuse("InvalidInputException", message, { details: { Reason } });

/** What the store refuses, as the API documents it. The other messages are in the table of errors. */
const refusals: Readonly<Record<OrganizationRefusal["kind"], Refusal>> = {
  "account-missing": refuse("AccountNotFoundException"),
  "account-closed": refuse("AccountAlreadyClosedException"),
  "management-account": constraint(
    "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
    "You cannot close the management account of an organization.",
  ),
  "policy-missing": refuse("PolicyNotFoundException"),
  "policy-in-use": refuse("PolicyInUseException"),
  "policy-immutable": invalid(
    "IMMUTABLE_POLICY",
    "You specified a policy that is managed by AWS and can't be modified.",
  ),
  "policy-name-taken": refuse("DuplicatePolicyException"),
  "too-many-policies": constraint(
    "POLICY_NUMBER_LIMIT_EXCEEDED",
    "You attempted to exceed the number of policies that you can have in an organization.",
  ),
  "target-missing": refuse("TargetNotFoundException"),
  "attached-already": refuse("DuplicatePolicyAttachmentException"),
  "not-attached": refuse("PolicyNotAttachedException"),
  "too-many-attached": constraint(
    "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    "You attempted to exceed the number of policies of a certain type that can be attached to an entity at one time.",
  ),
  "last-attached": constraint(
    "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
    "You attempted to detach a policy from an entity that would cause the entity to have fewer than the minimum number of policies of a certain type required.",
  ),
  "not-detachable": invalid("NON_DETACHABLE_POLICY", "You can't detach this policy."),
  "type-enabled": refuse("PolicyTypeAlreadyEnabledException"),
  "type-not-enabled": refuse("PolicyTypeNotEnabledException"),
};

export function organizationsRefusal({ kind }: OrganizationRefusal): Refusal {
  return refusals[kind];
}

export function invalidInput(Reason: string, message: string): Refusal {
  return invalid(Reason, message);
}

/** Beginnings of what `checkText` and its kin say. */
const reasonsOfConstraints: readonly (readonly [constraint: string, Reason: string])[] = [
  ["Member must not be null", "INPUT_REQUIRED"],
  ["Member must have length less", "MAX_LENGTH_EXCEEDED"],
  ["Member must have length greater", "MIN_LENGTH_EXCEEDED"],
  ["Member must have value less", "MAX_VALUE_EXCEEDED"],
  ["Member must have value greater", "MIN_VALUE_EXCEEDED"],
  ["Member must satisfy enum", "INVALID_ENUM"],
];

/** "This exception includes a reason": https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html#API_CreateAccount_Errors */
export function reasonOf({ name, constraint }: Violation): string {
  if (name.includes(".")) return "INVALID_LIST_MEMBER";
  const [, reason = "INVALID_PATTERN"] = reasonsOfConstraints.find(([start]) => constraint.startsWith(start)) ?? [];
  if (reason === "INVALID_ENUM" && /^(?:Type|Filter|PolicyType)$/.test(name)) return "INVALID_ENUM_POLICY_TYPE";
  return reason === "INVALID_PATTERN" && name === "TargetId" ? "INVALID_PATTERN_TARGET_ID" : reason;
}
