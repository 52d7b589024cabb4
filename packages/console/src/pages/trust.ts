import { parsePolicy, type PrincipalEntry } from "@s3-credentials/policy";

/** Whom a trust policy lets take the role, in words: `user ci-deploy`, `account 123456789012`. */
export function trustedBy(document: string): readonly string[] {
  const { policy } = parsePolicy(document, "trust");
  const names = (policy?.statements ?? [])
    .filter(({ effect }) => effect === "Allow")
    .flatMap(({ principal }) => (principal === undefined || principal.negated ? [] : principal.entries.map(nameOf)));
  return [...new Set(names)];
}

function nameOf(entry: PrincipalEntry): string {
  switch (entry.kind) {
    case "everyone":
      return "everyone";
    case "account":
      return `account ${entry.accountId}`;
    case "user":
    case "role":
    case "role-session":
    case "federated-user":
      return `${entry.kind.replace("-", " ")} ${entry.arn.split("/").pop() ?? entry.arn}`;
    case "unique-id":
      return `deleted identity ${entry.id}`;
    case "canonical-user":
      return `canonical user ${entry.id}`;
    case "federated":
      return entry.provider;
    case "service":
      return entry.service;
  }
}

export function trustOf(principal: string): string {
  return JSON.stringify(
    {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole" }],
    },
    null,
    2,
  );
}
