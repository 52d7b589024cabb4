import type { PrincipalKind } from "../../ports/identity-records.ts";

/** The form in which two names of IAM are compared, because IAM compares them without case. */
export function nameKey(name: string): string {
  return name.toLowerCase();
}

export function principalArn(accountId: string, kind: PrincipalKind, path: string, name: string): string {
  return `arn:aws:iam::${accountId}:${kind}${path}${name}`;
}

export function groupArn(accountId: string, path: string, name: string): string {
  return `arn:aws:iam::${accountId}:group${path}${name}`;
}

export function policyArn(accountId: string, path: string, name: string): string {
  return `arn:aws:iam::${accountId}:policy${path}${name}`;
}

/** Whether an id is a group's: the prefix of a unique id says its kind. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes */
export function isGroupId(id: string): boolean {
  return id.startsWith("AGPA");
}
