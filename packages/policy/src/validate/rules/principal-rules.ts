import { isPublicStatement } from "../../compare/public-policy.ts";
import type { Condition, PrincipalElement, Statement } from "../../model/policy.ts";
import { operatorOf } from "../condition-view.ts";
import { type Rule, checks } from "../rule.ts";

/** Keys that say how a request is sent. Everyone can send it so. */
const transportKeys: ReadonlySet<string> = new Set([
  "aws:securetransport",
  "s3:signatureversion",
  "s3:tlsversion",
  "s3:x-amz-content-sha256",
]);

/**
 * Keys that say for whom an AWS service acts. "We recommend that you use the aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or
 * aws:SourceOrgPaths condition keys."
 */
const sourceKeys: ReadonlySet<string> = new Set([
  "aws:sourcearn",
  "aws:sourceaccount",
  "aws:sourceorgid",
  "aws:sourceorgpaths",
]);

export const principalRules = {
  /**
   * The principal `*` in an `Allow` is everyone, including anonymous callers, unless a condition holds it to fixed callers or networks. A bucket
   * policy is judged as block public access judges it, which refuses what is public.
   */
  "public-principal": {
    severity: "security-warning",
    meaning: "everyone is allowed, and no condition holds it to fixed callers or networks",
    page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status",
    check: ({ statements, kind }) =>
      statements.flatMap(({ statement, element }) => {
        const { effect, principal, conditions } = statement;
        if (effect !== "Allow" || principal === undefined || principal.negated) return [];
        const isForAll = principal.entries.some((entry) => entry.kind === "everyone");
        const isOpen = conditions.every(isAboutTransport);
        if (kind === "trust" ? !isForAll || !isOpen : !isPublicStatement(statement)) return [];
        return [
          {
            place: element("Principal"),
            message: kind === "trust" ? "everyone may assume the role" : publicWords(principal, isOpen),
            help: "name those who may, or add a condition on who asks (`aws:PrincipalAccount`, `aws:SourceArn`, `aws:SourceIp`)",
          },
        ];
      }),
  },

  /** "Using Allow with NotPrincipal can be overly permissive. For example, this can grant permissions to anonymous principals." */
  "allow-not-principal": {
    severity: "security-warning",
    meaning: "`Allow` with `NotPrincipal`",
    page: `${checks}-security-warning-allow-with-not-principal`,
    check: ({ statements }) =>
      statements
        .filter(({ statement }) => statement.effect === "Allow" && statement.principal?.negated === true)
        .map(({ element }) => ({
          place: element("NotPrincipal"),
          message: "`Allow` with `NotPrincipal` allows everyone else, including anonymous callers",
          help: "name those who may with `Principal`",
        })),
  },

  /** A service acts for every account that uses it, so another account can make it act on this resource ("confused deputy"). */
  "service-principal-without-source": {
    severity: "security-warning",
    meaning: "an AWS service is allowed, whoever it acts for",
    page: `${checks}-security-warning-restrict-access-to-service-principal`,
    check: ({ kind, statements }) =>
      kind !== "resource"
        ? []
        : statements.flatMap(({ statement, element }) => {
            const { effect, principal, conditions } = statement;
            const asksSource = conditions.some(
              (one) => !operatorOf(one).negated && sourceKeys.has(one.key.toLowerCase()),
            );
            if (effect !== "Allow" || asksSource || isInLogFolder(statement)) return [];
            return (principal?.entries ?? []).flatMap((entry) =>
              entry.kind !== "service"
                ? []
                : [
                    {
                      place: element("Principal"),
                      message: `\`${entry.service}\` is allowed this for any account it acts for`,
                      help: "add a condition on `aws:SourceArn` or `aws:SourceAccount`",
                    },
                  ],
            );
          }),
  },

  /** "AWS recommends that you specify the ARN for an IAM user or role instead of its principal ID." */
  "principal-unique-id": {
    severity: "warning",
    meaning: "a principal named by its unique id",
    page: `${checks}-general-warning-invalid-role-reference`,
    check: ({ statements }) =>
      statements.flatMap(({ statement, element }) =>
        (statement.principal?.entries ?? []).flatMap((entry) => {
          if (entry.kind !== "unique-id") return [];
          const what = entry.id.startsWith("AROA") ? "role" : "user";
          const place = element(statement.principal?.negated === true ? "NotPrincipal" : "Principal");
          return [{ place, message: `\`${entry.id}\` is the unique id of a ${what}`, help: `write the ${what}'s ARN` }];
        }),
      ),
  },
} as const satisfies Readonly<Record<string, Rule>>;

function publicWords({ entries }: PrincipalElement, isOpen: boolean): string {
  const provider = entries.find((entry) => entry.kind === "federated")?.provider ?? "";
  const isForAll = entries.some((entry) => entry.kind === "everyone");
  if (isForAll && isOpen) return "everyone is allowed this, including anonymous callers";
  const whom = isForAll ? "everyone" : `whoever signs in through \`${provider}\``;
  return isOpen
    ? `${whom} is allowed this: the policy counts as public`
    : `${whom} is allowed this who meets the conditions: none of them holds it to fixed callers or networks, so the policy counts as public`;
}

function isAboutTransport({ key }: Condition): boolean {
  return transportKeys.has(key.toLowerCase());
}

/**
 * Load balancers write the logs of an account only below its id, and their example policies have no condition.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
 */
function isInLogFolder({ resource }: Statement): boolean {
  return resource?.negated === false && resource.patterns.every(({ text }) => /\/AWSLogs\/\d{12}\//.test(text));
}
