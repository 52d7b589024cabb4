import type { LayerName, Layers, NamedPolicy, Principal } from "../evaluate/request.ts";

/** The policies of one layer, or of one session or one level of guardrails where there are several. */
export interface Level {
  readonly layer: LayerName;
  readonly policies: readonly NamedPolicy[];
}

/** Every level that applies, in the order of a trace; the caller's own even when it has no policy. */
export function levelsOf(
  { guardrails, resource, identity, boundary, sessions }: Layers,
  principal: Principal,
): readonly Level[] {
  // Guardrails are of the caller's account; anonymous callers and services have none.
  const guarded = principal.kind !== "anonymous" && principal.kind !== "service";
  return [
    ...(guarded ? guardrails.map((policies): Level => ({ layer: "guardrail", policies })) : []),
    ...(resource === "none" ? [] : [{ layer: "resource", policies: [resource.policy] } as const]),
    { layer: "identity", policies: identity },
    ...(boundary === "none" ? [] : [{ layer: "boundary", policies: [boundary] } as const]),
    ...sessions.map((policies): Level => ({ layer: "session", policies })),
  ];
}
