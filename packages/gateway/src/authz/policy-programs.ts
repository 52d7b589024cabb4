import {
  compilePolicy,
  type NamedProgram,
  parsePolicy,
  type PolicyKind,
  type Program,
  programWeight,
} from "@s3-credentials/policy";
import { type BoundedCache, boundedCache } from "../cache/bounded-cache.ts";

/** Bytes of each kind. A kind has a cache of its own, so that session policies, which anyone may make, push out no others. */
const limit = 24 * 1024 * 1024;

/**
 * Policy documents made ready to decide, once for each text: principals, sessions and roles with the same document share its
 * program, and a changed document is another text, so nothing has to be flushed.
 */
export interface PolicyPrograms {
  /** What does not parse, and what is not there, is `unreadable`: its layer denies. */
  readonly named: (name: string, document: string | undefined, kind: PolicyKind) => NamedProgram;
  /**
   * The same for the policies of principals, of which one may have more than a hundred. Each that is not kept is compiled in a turn of
   * `whose`: to compile all of them at once takes a second, and nobody else would be served meanwhile.
   */
  readonly namedInTurn: (
    name: string,
    document: string | undefined,
    kind: PolicyKind,
    whose: string,
  ) => Promise<NamedProgram>;
  /** Estimated bytes of all that is kept. */
  weight(): number;
}

/** `bytes`: of each kind. `turn`: see `TimeBudget`. */
export function createPolicyPrograms(
  bytes: number = limit,
  turn: (whose: string) => Promise<void> = async () => undefined,
): PolicyPrograms {
  const cache = (): BoundedCache<string, Program | "unreadable"> =>
    boundedCache(bytes, (document, program) => ({ own: 2 * document.length + weightOf(program) }), "policies");
  const byKind: Readonly<Record<PolicyKind, BoundedCache<string, Program | "unreadable">>> = {
    identity: cache(),
    resource: cache(),
    trust: cache(),
    boundary: cache(),
    session: cache(),
    guardrail: cache(),
    "resource-guardrail": cache(),
  };
  const named: PolicyPrograms["named"] = (name, document, kind) => ({
    name,
    program: document === undefined ? "unreadable" : byKind[kind].of(document, (text) => compileText(text, kind)),
  });
  return {
    named,
    async namedInTurn(name, document, kind, whose) {
      const known = document === undefined ? "unreadable" : byKind[kind].get(document);
      if (known !== undefined) return { name, program: known };
      await turn(whose);
      return named(name, document, kind);
    },
    weight: () => Object.values(byKind).reduce((sum, { weight }) => sum + weight, 0),
  };
}

function compileText(document: string, kind: PolicyKind): Program | "unreadable" {
  const { policy } = parsePolicy(document, kind);
  return policy === undefined ? "unreadable" : rememberText(compilePolicy(policy), document);
}

const texts = new WeakMap<Program, string>();

export function rememberText(program: Program, text: string): Program {
  texts.set(program, text);
  return program;
}

/** The document that a program was compiled from, for the record of what it decided. */
export function textOf(program: Program): string | undefined {
  return texts.get(program);
}

export function weightOf(program: Program | "unreadable"): number {
  return program === "unreadable" ? 0 : programWeight(program.source);
}
