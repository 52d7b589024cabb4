import { type NamedPolicy, parsePolicy, type Policy, type PolicyKind } from "@s3-credentials/policy";

const most = 2000;

/** Documents parsed once per text. What does not parse is `damaged`, and its layer denies. */
export interface PolicyTexts {
  named(name: string, document: string | undefined, kind: PolicyKind): NamedPolicy;
}

export function createPolicyTexts(): PolicyTexts {
  const kept = new Map<string, Policy | "damaged">();
  return {
    named(name, document, kind) {
      if (document === undefined) return { name, policy: "damaged" };
      const key = `${kind} ${document}`;
      let policy = kept.get(key);
      if (policy === undefined) {
        policy = parsePolicy(document, kind).policy ?? "damaged";
        if (kept.size >= most) kept.clear();
        kept.set(key, policy);
      }
      return { name, policy };
    },
  };
}
