import { compilePolicy, type NamedProgram, parsePolicy, type PolicyKind, type Program } from "@s3-credentials/policy";
import { remember } from "./remember.ts";

const mostOfAKind = 2000;

type Kind = Exclude<PolicyKind, "guardrail">;

/**
 * Policy documents made ready to decide, once for each text: principals, sessions and roles with the same document share its
 * program, and a changed document is another text, so nothing has to be flushed.
 */
export interface PolicyPrograms {
  /** What does not parse, and what is not there, is `damaged`: its layer denies. */
  named(name: string, document: string | undefined, kind: Kind): NamedProgram;
}

export function createPolicyPrograms(): PolicyPrograms {
  const compileAs = (kind: Kind): ((document: string) => Program | "damaged") =>
    remember(mostOfAKind, (document) => {
      const { policy } = parsePolicy(document, kind);
      return policy === undefined ? "damaged" : compilePolicy(policy);
    });
  const byKind: Readonly<Record<Kind, (document: string) => Program | "damaged">> = {
    identity: compileAs("identity"),
    resource: compileAs("resource"),
    trust: compileAs("trust"),
    boundary: compileAs("boundary"),
    session: compileAs("session"),
  };
  return {
    named: (name, document, kind) => ({ name, program: document === undefined ? "damaged" : byKind[kind](document) }),
  };
}
