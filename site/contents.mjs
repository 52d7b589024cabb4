import { readdirSync, readFileSync } from "node:fs";

/** Pages by what a reader wants, as files of `docs/` without their ending. */
export const groups = {
  "Credentials and policies": [
    "guide/creating-credentials",
    "guide/buckets-and-objects",
    "guide/websites",
    "guide/the-life-of-a-key",
    "guide/temporary-credentials",
    "guide/federation",
    "guide/coming-from-the-python-tool",
  ],
  "Reviewing access": [
    "guide/explaining-policies",
    "guide/review-policies",
    "guide/unused-access",
    "guide/access-analyzer",
    "guide/events",
    "guide/access-logs",
  ],
  "Accounts and people": [
    "guide/accounts",
    "guide/delegated-administration",
    "guide/passwords-and-mfa",
    "guide/configuration-as-files",
    "guide/console",
  ],
  "Running the gateway": [
    "guide/running-the-gateway",
    "guide/serving-the-console",
    "guide/other-clients",
    "guide/encryption",
    "guide/tags-forms-and-acls",
    "guide/quotas",
    "guide/notifications",
    "guide/upstream",
    "guide/many-gateways",
    "guide/backup-and-restore",
    "guide/check-and-repair",
    "guide/operations/deployment",
    "guide/operations/monitoring",
    "guide/operations/traces-and-logs",
    "guide/operations/runbook",
  ],
  Reference: [
    "reference/cli",
    "differences",
    "reference/coverage",
    "reference/operations",
    "reference/request-members",
    "reference/errors",
    "reference/metrics",
    "reference/log",
    "reference/clients",
    "reference/findings",
    "reference/configuration-files",
    "reference/policy-api",
    "reference/policy-rules",
    "reference/policy-coverage",
  ],
  Design: [
    "design/architecture",
    "design/decisions",
    "design/threat-model",
    "design/console",
    "design/on-disk-format",
    "design/process-model",
    "design/upstream",
    "design/many-gateways",
    "design/scale",
  ],
};

/** Pages of `docs/` that are in no group, and names in a group that are no page. */
export function strayPages(root) {
  const named = Object.values(groups).flat();
  const written = readdirSync(`${root}docs`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => file.slice(0, -".md".length));
  return [...written.filter((page) => !named.includes(page)), ...named.filter((page) => !written.includes(page))];
}

/** Pages that the README does not lead to: whoever begins there would not find them. */
export function pagesWithoutLink(root) {
  const readme = readFileSync(`${root}README.md`, "utf8");
  return Object.values(groups)
    .flat()
    .filter((page) => !readme.includes(`docs/${page}.md`));
}
