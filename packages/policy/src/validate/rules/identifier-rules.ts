import { conditionKeyType } from "../../catalog/catalog.ts";
import { isWildcardFree } from "../condition-view.ts";
import { type Remark, type Rule, checks } from "../rule.ts";
import type { Located, LocatedStatement } from "../subject.ts";
import type { TextPattern } from "../../model/policy.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const partitions: readonly string[] = [
  "aws",
  "aws-cn",
  "aws-us-gov",
  "aws-eusc",
  "aws-iso",
  "aws-iso-b",
  "aws-iso-e",
  "aws-iso-f",
];

/** An account's id, or a name in its place: the owner of AWS managed policies, and of images and other things that Amazon provides. */
const account = /^(?:\d{12}|aws|amazon|cloudfront)$/;

const accountKeys: ReadonlySet<string> = new Set([
  "aws:principalaccount",
  "aws:resourceaccount",
  "aws:sourceaccount",
  "s3:dataaccesspointaccount",
  "s3:resourceaccount",
]);

/** "must be in lower case and have the prefix, followed by 8 or 17 alphanumeric characters". */
const networkIds: ReadonlyMap<string, RegExp> = new Map([
  ["aws:sourcevpc", /^vpc-(?:[0-9a-z]{8}|[0-9a-z]{17})$/],
  ["aws:sourcevpce", /^vpce-(?:[0-9a-z]{8}|[0-9a-z]{17})$/],
]);

export const identifierRules = {
  "invalid-partition": {
    severity: "error",
    meaning: "an ARN in a partition that does not exist",
    page: `${checks}-error-invalid-partition`,
    check: ({ statements }) =>
      arnsOf(statements).flatMap(({ pattern: { text }, place }) => {
        const [, partition = ""] = text.split(":");
        if (!isWildcardFree(partition) || partitions.includes(partition)) return [];
        return [
          {
            place,
            message: `there is no partition \`${partition}\``,
            help: `write \`arn:aws:…\`; the partitions are ${partitions.join(", ")}`,
          },
        ];
      }),
  },

  "invalid-account-id": {
    severity: "error",
    meaning: "an account id that does not have twelve digits",
    page: `${checks}-error-invalid-arn-account`,
    check: ({ statements }) => [
      ...arnsOf(statements).flatMap((one) => accountRemarks(one, one.pattern.text.split(":")[4] ?? "")),
      ...valuesOf(statements, (key) => accountKeys.has(key)).flatMap((one) => accountRemarks(one, one.pattern.text)),
    ],
  },

  "invalid-vpc-id": {
    severity: "error",
    meaning: "an id that no VPC or VPC endpoint has",
    page: `${checks}-error-invalid-vpc-format`,
    check: ({ statements }) =>
      [...networkIds].flatMap(([key, form]) =>
        valuesOf(statements, (name) => name === key)
          .filter(({ pattern: { text } }) => isWildcardFree(text) && !form.test(text))
          .map(({ pattern: { text }, place }) => ({
            place,
            message: `\`${text}\` is not the id of a ${key === "aws:sourcevpc" ? "VPC" : "VPC endpoint"}`,
            help: `it has the form \`${key === "aws:sourcevpc" ? "vpc" : "vpce"}-1a2b3c4d\`, with 8 or 17 characters after the dash`,
          })),
      ),
  },
} as const satisfies Readonly<Record<string, Rule>>;

/** ARNs in `Resource` and `NotResource`, and the values of condition keys that are ARNs. */
function arnsOf(statements: readonly LocatedStatement[]): readonly Located<TextPattern>[] {
  const written = [
    ...statements.flatMap(({ resources }) => resources),
    ...valuesOf(statements, (key) => conditionKeyType(key)?.type === "ARN"),
  ];
  return written.filter(({ pattern: { text } }) => text.startsWith("arn:") && text.split(":").length >= 6);
}

function valuesOf(
  statements: readonly LocatedStatement[],
  isAsked: (key: string) => boolean,
): readonly Located<TextPattern>[] {
  return statements.flatMap(({ conditions }) =>
    conditions.flatMap(({ condition: { key, operator }, values }) =>
      operator !== "Null" && isAsked(key.toLowerCase()) ? values : [],
    ),
  );
}

function accountRemarks({ place }: Located<TextPattern>, id: string): readonly Remark[] {
  if (id === "" || !isWildcardFree(id) || account.test(id)) return [];
  return [{ place, message: `\`${id}\` is not an account id`, help: "an account id has twelve digits" }];
}
