/**
 * Names of policies as the gateway's log and events have them. They are a format: events are kept, so what is written here is read for as
 * long as an event from today may be. Names of policies and groups have no blanks, so each text is of one origin.
 */
import { type PolicyOrigin, policyNameOf } from "../model/policy-origin.ts";
import type { LayerName } from "../model/request.ts";
import type { PolicyKind } from "../model/policy.ts";

/** `reads`, `policy reads of group staff`; in other layers as `policyNameOf` has it. */
export function recordedName(origin: PolicyOrigin): string {
  if (origin.kind !== "inline" && origin.kind !== "managed") return policyNameOf(origin);
  const name = origin.kind === "inline" ? origin.name : origin.arn;
  return origin.group === undefined ? name : `policy ${name} of group ${origin.group}`;
}

/** Undefined for a policy that is kept nowhere, such as that of a session. */
export function originOfRecorded(name: string, layer: LayerName | PolicyKind | undefined): PolicyOrigin | undefined {
  if (layer === "identity") return identityOrigin(name);
  if (layer === "boundary" || layer === "session") return isArn(name) ? { kind: "managed", arn: name } : undefined;
  const [, ofAcl, bucket] = /^bucket policy( and ACL)? of (\S+)$/.exec(name) ?? [];
  if (bucket !== undefined) return { kind: "bucket", bucket, withAcl: ofAcl !== undefined };
  const [, roleArn] = /^trust policy of (\S+)$/.exec(name) ?? [];
  if (roleArn !== undefined) return { kind: "trust", roleArn };
  const [, kind, control, id] = /^(service|resource) control policy (.*) \(([^()]*)\)$/s.exec(name) ?? [];
  if (kind === undefined || control === undefined || id === undefined) return undefined;
  return { kind: kind === "service" ? "service-control" : "resource-control", name: control, id };
}

function identityOrigin(text: string): PolicyOrigin {
  const [, ofGroup, group] = /^policy (\S+) of group (\S+)$/.exec(text) ?? [];
  const name = ofGroup ?? text;
  return isArn(name) ? { kind: "managed", arn: name, group } : { kind: "inline", name, group };
}

function isArn(name: string): boolean {
  return name.startsWith("arn:");
}
