/** The four orders the numeric and date families share; the argument is the sign of request value minus policy value. */
export type Comparison = (sign: -1 | 0 | 1) => boolean;

export const comparisons = {
  equal: (sign) => sign === 0,
  less: (sign) => sign < 0,
  lessOrEqual: (sign) => sign <= 0,
  greater: (sign) => sign > 0,
  greaterOrEqual: (sign) => sign >= 0,
} as const satisfies Record<string, Comparison>;

/**
 * Tests one value of the request against one constant of the policy. Undefined: the request's value is malformed for
 * the family (no number under `NumericEquals`), so there is no answer.
 */
export type ValueTest = (value: string) => boolean | undefined;

/** Makes the test for a constant; undefined when the constant itself is malformed. */
export type ConstantParser = (constant: string) => ValueTest | undefined;
