/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html */
import type { ActionPattern } from "../model/policy.ts";
import { compileGlob, type Glob, matchGlob } from "./glob.ts";
import { memoize } from "./memoize.ts";
import { parsePattern } from "./pattern.ts";

// Tested before it is put in lower case: outside ASCII there are letters whose lower case is inside it.
const service = /^[A-Za-z0-9*?-]+$/;
const name = /^[A-Za-z0-9*?_-]+$/;

/** `*`, or `service:Name` where both may hold `*` and `?`; undefined for anything else. Case does not matter. */
export function parseActionPattern(text: string): ActionPattern | undefined {
  if (text === "*") return { text, service: "*", name: "*" };
  const colon = text.indexOf(":");
  if (colon === -1) return undefined;
  const written = { service: text.slice(0, colon), name: text.slice(colon + 1) };
  if (!service.test(written.service) || !name.test(written.name)) return undefined;
  return { text, service: written.service.toLowerCase(), name: written.name.toLowerCase() };
}

/**
 * "You cannot use "*" in the Action element of a customer managed RCP and have to specify the abbreviation for the service." As with
 * partitions, this is asked when a policy is made, not when a stored one is read.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
 */
export function namesService({ service }: ActionPattern): boolean {
  return !/[*?]/.test(service);
}

export function matchAction(pattern: ActionPattern, action: string): boolean {
  const colon = action.indexOf(":");
  if (colon === -1) return false;
  const { serviceGlob, nameGlob } = globsOf(pattern);
  return (
    matchName(pattern.service, serviceGlob, action.slice(0, colon).toLowerCase()) &&
    matchName(pattern.name, nameGlob, action.slice(colon + 1).toLowerCase())
  );
}

interface ActionGlobs {
  readonly serviceGlob: Glob;
  readonly nameGlob: Glob;
}

const globsOf = memoize(({ service: first, name: second }: ActionPattern): ActionGlobs => ({
  serviceGlob: globOf(first),
  nameGlob: globOf(second),
}));

function globOf(text: string): Glob {
  const pattern = parsePattern(text, { wildcards: true, variables: false });
  return compileGlob("error" in pattern ? [] : pattern.parts);
}

function matchName(pattern: string, glob: Glob, text: string): boolean {
  return pattern === "*" || pattern === text || matchGlob(glob, text, 0, noValues);
}

const noValues = (): undefined => undefined;
