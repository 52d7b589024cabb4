/** Table tests of one rule: documents it speaks of and documents it is silent about. */
import { describe, expect, test } from "vitest";
import type { PolicyUse } from "../validate/policy-uses.ts";
import { rules, type RuleCode } from "../validate/rules.ts";
import { validatePolicy } from "../validate/validate-policy.ts";

export type Written = Readonly<Record<string, unknown>>;

export interface Case {
  readonly kind?: PolicyUse;
  readonly bucket?: string;
  /** Statements, or a whole document with `Statement`. */
  readonly of: Written | readonly Written[];
}

export interface FiringCase extends Case {
  /** The places of all findings, relative to the first statement unless one begins with `/Statement` or is `""`. */
  readonly at: readonly string[];
  /** Part of a message or of its help. */
  readonly says?: string;
}

export function statement(over: Written = {}): Written {
  return { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::docs/*", ...over };
}

export function when(operator: string, key: string, value: unknown, over: Written = {}): Written {
  return statement({ ...over, Condition: { [operator]: { [key]: value } } });
}

export function trusting(over: Written = {}): Written {
  return { Effect: "Allow", Principal: { AWS: "111122223333" }, Action: "sts:AssumeRole", ...over };
}

function documentOf(of: Case["of"]): string {
  const isDocument = !Array.isArray(of) && "Statement" in of;
  return JSON.stringify(isDocument ? of : { Version: "2012-10-17", Statement: Array.isArray(of) ? of : [of] });
}

export function ruleTable(
  code: RuleCode,
  fires: Readonly<Record<string, FiringCase>>,
  silent: Readonly<Record<string, Case>>,
): void {
  const findings = ({ kind = "identity", bucket, of }: Case) => {
    const text = documentOf(of);
    const all = validatePolicy(text, { kind, ...(bucket === undefined ? {} : { bucket }) });
    // A document the grammar refuses would make every rule silent.
    expect(all.filter((one) => !Object.hasOwn(rules, one.code))).toEqual([]);
    return { text, found: all.filter((one) => one.code === code) };
  };

  describe(`${code} speaks`, () => {
    test.each(Object.entries(fires))("%s", (_name, one) => {
      const { text, found } = findings(one);
      const places = one.at.map((at) => (at === "" || at.startsWith("/Statement") ? at : `/Statement/0/${at}`));
      expect(found.map(({ pointer }) => pointer)).toEqual(places);
      for (const { span, severity, message } of found) {
        expect(severity).toBe(rules[code].severity);
        expect(message).not.toMatch(/undefined|\.$/);
        expect(text.slice(span.start, span.end)).not.toBe("");
      }
      if (one.says !== undefined)
        expect(found.map(({ message, help }) => `${message}; ${help ?? ""}`).join("\n")).toContain(one.says);
    });
  });

  describe(`${code} is silent`, () => {
    test.each(Object.entries(silent))("%s", (_name, one) => {
      expect(findings(one).found).toEqual([]);
    });
  });
}
