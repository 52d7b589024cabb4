/** Two small policies as a question in SMT-LIB: is there a request that the first allows and the second does not? */
import type { Condition, PatternElement, PatternPart, Policy, Statement } from "../model/policy.ts";

/** Undefined for what is not written here: other keys, set operators, variables. `limit`: when Z3 gives up. */
export function smtQuestion(left: Policy, right: Policy, limit = ":timeout 5000"): string | undefined {
  const [first, second] = [allows(left), allows(right)];
  if (first === undefined || second === undefined) return undefined;
  return `
(set-option ${limit})
(declare-const action String)
(declare-const resource String)
(declare-const prefix String)
(declare-const hasPrefix Bool)
(declare-const keys Real)
(declare-const hasKeys Bool)
(define-fun service () RegLan (re.+ (re.union (re.range "a" "z") (re.range "0" "9") (str.to_re "-"))))
(define-fun name () RegLan (re.+ (re.union (re.range "a" "z") (re.range "0" "9") (str.to_re "-") (str.to_re "_"))))
(define-fun part () RegLan (re.* (re.diff re.allchar (str.to_re ":"))))
(define-fun some () RegLan (re.+ (re.diff re.allchar (str.to_re ":"))))
(define-fun colon () RegLan (str.to_re ":"))
(assert (str.in_re action (re.++ service colon name)))
(assert (not (= action "sts:getcalleridentity")))
(assert (or
  (and (= resource "*") (not (str.prefixof "s3:" action)))
  (str.in_re resource (re.++ (str.to_re "arn:") some colon some colon part colon part colon re.allchar re.all))))
(assert ${first})
(assert (not ${second}))
(check-sat)
`;
}

function allows({ statements }: Policy): string | undefined {
  const of = (effect: string): string | undefined =>
    joined("or", "false", statements.filter((one) => one.effect === effect).map(applies));
  const [allow, deny] = [of("Allow"), of("Deny")];
  return allow === undefined || deny === undefined ? undefined : `(and ${allow} (not ${deny}))`;
}

function applies({ action, resource, conditions, effect }: Statement): string | undefined {
  if (resource === undefined) return undefined;
  const actions = element("action", action, ({ service, name }) => `(re.++ ${glob(service)} colon ${glob(name)})`);
  const resources = element("resource", resource, ({ parts }) => regex(parts));
  return joined("and", "true", [actions, resources, ...conditions.map((one) => condition(one, effect))]);
}

function joined(operator: string, empty: string, parts: readonly (string | undefined)[]): string | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  return known.length === 0 ? empty : `(${operator} ${known.join(" ")})`;
}

function element<P>(
  variable: string,
  { negated, patterns }: PatternElement<P>,
  write: (pattern: P) => string | undefined,
): string | undefined {
  const any = joined(
    "or",
    "false",
    patterns.map((pattern) => inside(variable, write(pattern))),
  );
  return any === undefined || !negated ? any : `(not ${any})`;
}

function inside(variable: string, language: string | undefined): string | undefined {
  return language === undefined ? undefined : `(str.in_re ${variable} ${language})`;
}

function glob(text: string): string {
  return concatenated(
    Array.from(text, (one) => (one === "*" ? "re.all" : one === "?" ? "re.allchar" : `(str.to_re "${one}")`)),
  );
}

function regex(parts: readonly PatternPart[]): string | undefined {
  const written = parts.map((part) => {
    if (part.kind === "literal") return `(str.to_re "${part.text}")`;
    if (part.kind === "variable") return undefined;
    return part.kind === "any-run" ? "re.all" : "re.allchar";
  });
  const known = written.filter((one) => one !== undefined);
  return known.length < written.length ? undefined : concatenated(known);
}

function concatenated(parts: readonly string[]): string {
  if (parts.length === 0) return '(str.to_re "")';
  return parts.length === 1 ? (parts[0] ?? "") : `(re.++ ${parts.join(" ")})`;
}

const comparisons: Readonly<Record<string, string>> = {
  NumericEquals: "=",
  NumericNotEquals: "=",
  NumericLessThan: "<",
  NumericLessThanEquals: "<=",
  NumericGreaterThan: ">",
  NumericGreaterThanEquals: ">=",
};

function condition({ operator, key, set, ifExists, values }: Condition, effect: string): string | undefined {
  const [has, variable] = key === "s3:prefix" ? ["hasPrefix", "prefix"] : ["hasKeys", "keys"];
  if (set !== undefined || (key !== "s3:prefix" && key !== "s3:max-keys") || effect === "") return undefined;
  if (operator === "Null")
    return joined(
      "or",
      "false",
      values.map(({ text }) => (text === "true" ? `(not ${has})` : has)),
    );
  const isText = /^String(?:Not)?(?:Equals|Like)$/.test(operator);
  const comparison = comparisons[operator];
  if (key === "s3:prefix" ? !isText : comparison === undefined) return undefined;
  const any = joined(
    "or",
    "false",
    values.map(({ text, parts }) =>
      isText ? inside(variable, regex(parts)) : `(${comparison ?? "="} ${variable} ${Number(text).toFixed(1)})`,
    ),
  );
  if (any === undefined) return undefined;
  if (/Not/.test(operator)) return `(or (not ${has}) (not ${any}))`;
  return ifExists ? `(or (not ${has}) ${any})` : `(and ${has} ${any})`;
}
