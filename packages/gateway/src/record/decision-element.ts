import { createHash } from "node:crypto";
import type { NamedProgram, Program } from "@s3-credentials/policy";
import { textOf } from "../authz/policy-programs.ts";
import type { LoggedDecision } from "../ports/request-log.ts";
import type { Json } from "./elements.ts";
import { loggedQuestion } from "./logged-question.ts";

/** Whose policies an event may name: those of the caller, those of the resource, or both. */
export interface Side {
  readonly caller: boolean;
  readonly resource: boolean;
}

interface Named {
  readonly element: Json;
  readonly program: Program | undefined;
}

const hashes = new WeakMap<Program, string>();

/** SHA-256 of a document as it is stored. */
function hashOf(program: Program): string {
  let hash = hashes.get(program);
  if (hash === undefined) {
    hash = hashOfText(textOf(program) ?? "");
    hashes.set(program, hash);
  }
  return hash;
}

function hashOfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The layers of a user are the same object in all its requests. */
const namedOf = new WeakMap<object, readonly Named[]>();

function name(layer: string, { name: policy, program }: NamedProgram, level?: number): Named {
  const readable = program === "unreadable" || textOf(program) === undefined ? undefined : program;
  return {
    element: {
      layer,
      ...(level === undefined ? {} : { level }),
      name: policy,
      ...(readable === undefined ? { unreadable: true } : { sha256: hashOf(readable) }),
    },
    program: readable,
  };
}

function callersPolicies({ layers }: LoggedDecision): readonly Named[] {
  let found = namedOf.get(layers);
  if (found === undefined) {
    const { guardrails, identity, boundary, sessions } = layers;
    found = [
      ...guardrails.flatMap((level, at) => level.map((policy) => name("guardrail", policy, at))),
      ...identity.map((policy) => name("identity", policy)),
      ...(boundary === "none" ? [] : [name("boundary", boundary)]),
      ...sessions.flatMap((session, at) => session.map((policy) => name("session", policy, at))),
    ];
    namedOf.set(layers, found);
  }
  return found;
}

/** Its levels of guardrails come after those of the caller, as they do in the decision. */
function resourcesPolicies({ resourceLayer, resourceControls, layers }: LoggedDecision): readonly Named[] {
  const before = layers.guardrails.length;
  return [
    ...resourceControls.flatMap((level, at) => level.map((policy) => name("guardrail", policy, before + at))),
    ...(resourceLayer === "none" ? [] : [name(resourceLayer.kind, resourceLayer.policy)]),
  ];
}

function isBetweenAccounts({ principal, resourceAccount }: LoggedDecision["asked"]): boolean {
  return "accountId" in principal && resourceAccount !== undefined && principal.accountId !== resourceAccount;
}

/** All programs that an event names, so that their documents are kept. */
export function decidingPrograms(
  decision: LoggedDecision,
): readonly { readonly hash: string; readonly text: string }[] {
  return [...callersPolicies(decision), ...resourcesPolicies(decision)].flatMap(({ program }) =>
    program === undefined ? [] : [{ hash: hashOf(program), text: textOf(program) ?? "" }],
  );
}

/**
 * What was asked and decided, and the content hashes of the policies that decided: enough to make the decision again.
 * INVARIANT: each account sees its own policies alone, and which statement decided only if it is in one of them. Of a denial between two
 * accounts neither sees which one denied, nor whether a Deny or a missing Allow did: it could tell from that what the other's policies have.
 */
export function decisionElement(decision: LoggedDecision, side: Side): Json {
  const { allowed, reason, layer, statement, unreadable, asked, principalKeys } = decision;
  const hasReason = allowed || ((side.caller || side.resource) && !isBetweenAccounts(asked));
  const visible = hasReason && (layer === "resource" ? side.resource : side.caller);
  const policies = [
    ...(side.caller ? callersPolicies(decision) : []),
    ...(side.resource ? resourcesPolicies(decision) : []),
  ];
  const { action, resource, resourceAccount, context } = loggedQuestion(asked, side.caller ? principalKeys : []);
  return {
    allowed,
    ...(hasReason ? { reason } : {}),
    ...(visible ? { layer } : {}),
    ...(visible && statement !== undefined
      ? {
          statement: {
            policyName: statement.policyName,
            index: statement.index,
            ...(statement.sid === undefined ? {} : { sid: statement.sid }),
          },
        }
      : {}),
    ...(visible && unreadable !== undefined ? { unreadable } : {}),
    action,
    resource,
    ...(resourceAccount === undefined || !side.resource ? {} : { resourceAccount }),
    context,
    policies: policies.map(({ element }) => element),
  };
}
