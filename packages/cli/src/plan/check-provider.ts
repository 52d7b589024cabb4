import { need, type Provider } from "../service/providers.ts";
import type { PermanentRequest, RoleChoice, TemporaryRequest } from "./create-request.ts";

/** Refuses what the service cannot do, by its table of capabilities, before any call. */
export function checkProvider(request: PermanentRequest | TemporaryRequest, provider: Provider): void {
  if (request.kind === "permanent") {
    need(provider, "users", "create permanent credentials");
    if (request.boundary !== undefined && !request.boundaryIsDefault)
      need(provider, "boundaries", "set a permissions boundary");
    return;
  }
  if (request.tags.size > 0) need(provider, "session-tags", "tag temporary credentials");
  if (request.sourceIdentity !== undefined) need(provider, "source-identity", "note who temporary credentials are for");
  if (roleOf(request, provider).kind === "self") need(provider, "self-sessions", "give a session of the caller itself");
  else need(provider, "roles", "give a session of a role");
}

/** The role that is assumed; without --role, the service's default. */
export function roleOf({ role }: TemporaryRequest, provider: Provider): RoleChoice {
  return role.kind === "own" && provider.defaultRole === "self" ? { kind: "self" } : role;
}
