/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html */
import type { ActionPattern } from "../syntax/policy.ts";

// Tested before folding: outside ASCII there are letters whose lower case is inside it.
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

export function matchAction(pattern: ActionPattern, action: string): boolean {
  const colon = action.indexOf(":");
  if (colon === -1) return false;
  return (
    glob(pattern.service, action.slice(0, colon).toLowerCase()) &&
    glob(pattern.name, action.slice(colon + 1).toLowerCase())
  );
}

/** On a mismatch only the last `*` takes one character more. */
function glob(pattern: string, text: string): boolean {
  if (pattern === "*" || pattern === text) return true;
  let at = 0;
  let unit = 0;
  let runUnit = -1;
  let runAt = 0;
  while (at < text.length) {
    const wanted = pattern.charAt(unit);
    if (wanted === "*") {
      runUnit = unit;
      runAt = at;
      unit += 1;
    } else if (wanted === "?" || wanted === text.charAt(at)) {
      at += 1;
      unit += 1;
    } else if (runUnit >= 0) {
      runAt += 1;
      at = runAt;
      unit = runUnit + 1;
    } else {
      return false;
    }
  }
  while (pattern.charAt(unit) === "*") unit += 1;
  return unit === pattern.length;
}
