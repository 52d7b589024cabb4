import { compilePolicy, type NamedProgram, parsePolicy, type PolicyKind } from "@s3-credentials/policy";

/** A program of one statement, or of a list of them; throws for what does not parse. */
export function testProgram(kind: PolicyKind, statement: unknown, name: string = kind): NamedProgram {
  const { policy, diagnostics } = parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: statement }), kind);
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  return { name, program: compilePolicy(policy) };
}
