/** What all layers together allow a caller, as one formula: the same logic as `engine/decide.ts`, over all requests at once. */
import { hasAccount } from "../engine/layer-order.ts";
import type { Layers, NamedProgram } from "../engine/program.ts";
import type { Policy } from "../model/policy.ts";
import type { Principal, StatementPlace } from "../model/request.ts";
import { allOf, always, anyOf, type Formula, literal, never, not } from "./formula.ts";
import { allowFormula, type Asked, denyFormula, grantFormula, type Sets } from "./statements.ts";
import { ACTION } from "./theory.ts";

/** The documents of the layers that can be read. */
export function policiesOf({ guardrails, identity, boundary, sessions, resource }: Layers): readonly Policy[] {
  const attached = [...guardrails.flat(), ...identity, ...(boundary === "none" ? [] : [boundary]), ...sessions.flat()];
  return [...attached, ...(resource === "none" ? [] : [resource.policy])].flatMap(({ program }) =>
    program === "unreadable" ? [] : [program.source],
  );
}

export function effectiveFormula(
  sets: Sets,
  layers: Layers,
  principal: Principal,
  resourceAccount: string | undefined,
): Formula {
  const asked: Asked = { sets, principal, bounded: isBounded(layers) };
  return allOf([
    not(denied(asked, layers, resourceAccount)),
    ...layers.guardrails.map((level) => allowedIn(sets, level)),
    hasAccount(principal)
      ? allowedWithAccount(asked, layers, principal, resourceAccount)
      : granted(asked, layers, "account"),
  ]);
}

/** See `boundedRequest`. */
function isBounded({ boundary, resource }: Layers): boolean {
  if (boundary === "none" || resource === "none") return false;
  return resource.policy.program !== "unreadable" && resource.policy.program.deniesExcept;
}

function denied(asked: Asked, layers: Layers, resourceAccount: string | undefined): Formula {
  const { principal, sets } = asked;
  const { guardrails, identity, boundary, sessions, resource } = layers;
  const attached = [...guardrails.flat(), ...identity, ...(boundary === "none" ? [] : [boundary]), ...sessions.flat()];
  const onResource = resource === "none" ? never : denyOf(asked, resource.policy, resource.kind);
  const isOwner = principal.kind === "root" && principal.accountId === resourceAccount;
  // See `isRootOnBucketPolicy`.
  const exempt = literal(
    ACTION,
    sets.texts(["s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"]),
    false,
  );
  return anyOf([
    ...attached.map((policy) => denyOf(asked, policy, "attached")),
    isOwner ? allOf([exempt, onResource]) : onResource,
  ]);
}

function denyOf(asked: Asked, { program }: NamedProgram, place: StatementPlace): Formula {
  return program === "unreadable" ? always : denyFormula(asked, program.source, place);
}

function allowedIn(sets: Sets, policies: readonly NamedProgram[]): Formula {
  return anyOf(policies.map(({ program }) => (program === "unreadable" ? never : allowFormula(sets, program.source))));
}

function granted(asked: Asked, { resource }: Layers, least: "account" | "limited" | "direct"): Formula {
  if (resource === "none" || resource.policy.program === "unreadable") return never;
  return grantFormula(asked, resource.policy.program.source, least, resource.kind);
}

function allowedWithAccount(
  asked: Asked,
  layers: Layers,
  principal: Extract<Principal, { accountId: string }>,
  resourceAccount: string | undefined,
): Formula {
  const { sets } = asked;
  const { identity, boundary, sessions, resource } = layers;
  const unscoped = principal.kind === "federated-user" && sessions.length === 0;
  const capped = unscoped
    ? never
    : allOf([
        ...(boundary === "none" ? [] : [allowedIn(sets, [boundary])]),
        ...sessions.map((policies) => allowedIn(sets, policies)),
      ]);
  const own = allOf([principal.kind === "root" ? always : allowedIn(sets, identity), capped]);
  if (resourceAccount !== undefined && resourceAccount !== principal.accountId)
    return allOf([own, granted(asked, layers, "account")]);
  const inAccount = anyOf([granted(asked, layers, "direct"), allOf([granted(asked, layers, "limited"), capped]), own]);
  const isTrust = resource !== "none" && resource.kind === "trust";
  return isTrust ? allOf([granted(asked, layers, "account"), inAccount]) : inAccount;
}
