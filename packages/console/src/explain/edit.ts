/** A change of one policy, and the layers as they are with it. */
import { type Layers, type NamedProgram, namedProgram } from "@s3-credentials/policy";
import type { PolicyPlace } from "./place-of.ts";

/** One policy, as it is and as it would be. */
export interface Edit {
  readonly place: PolicyPlace;
  /** The name that decisions give it; undefined for a policy that is new. */
  readonly policy: string | undefined;
  readonly layer: "identity" | "boundary" | "resource";
  readonly before: string | undefined;
  /** Undefined: nothing is left of it. */
  readonly after: string | undefined;
}

/** A managed policy counts wherever it is attached: as a policy of the caller, and as its boundary. */
export function withEdit(layers: Layers, { policy, layer, after, place }: Edit): Layers {
  if (layer === "resource") {
    if (after === undefined) return { ...layers, resource: "none" };
    const kind = place.kind === "trust" ? "trust" : "resource";
    return { ...layers, resource: { kind, policy: namedProgram(policy ?? "", after, kind) } };
  }
  const { identity, boundary } = layers;
  if (after === undefined)
    return layer === "boundary" ? layers : { ...layers, identity: identity.filter(({ name }) => name !== policy) };
  const name = layer === "boundary" && boundary !== "none" ? boundary.name : policy;
  if (name === undefined) return { ...layers, identity: [...identity, namedProgram("", after, "identity")] };
  const changed = (one: NamedProgram, kind: "identity" | "boundary"): NamedProgram =>
    one.name === name ? namedProgram(name, after, kind) : one;
  return {
    ...layers,
    identity: identity.map((one) => changed(one, "identity")),
    boundary: boundary === "none" ? "none" : changed(boundary, "boundary"),
  };
}
