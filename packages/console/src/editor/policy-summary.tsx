import { describePolicy, parsePolicy, type PolicyUse, policyUses } from "@s3-credentials/policy";
import { type ReactNode, useMemo } from "react";
import { Words } from "./words.tsx";

/** The document in sentences, once it can be read. */
export function PolicySummary({ text, kind }: { readonly text: string; readonly kind: PolicyUse }): ReactNode {
  const sentences = useMemo(() => {
    const { policy } = parsePolicy(text, policyUses[kind].kind);
    return policy && describePolicy(policy);
  }, [text, kind]);
  if (sentences === undefined) return <p className="soft">Shown when the document has no errors.</p>;
  return (
    <ul className="summary">
      {sentences.map((sentence) => (
        <li key={sentence}>
          <Words text={sentence} />
        </li>
      ))}
    </ul>
  );
}
