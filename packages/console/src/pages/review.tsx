import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useSearchParams } from "react-router";
import { listPolicies } from "../api/iam/policies.ts";
import { DocumentChoice, useDocument } from "../review/document-choice.tsx";
import type { ReviewedDocument } from "../review/review-policies.ts";
import { ReviewResult } from "../review/review-result.tsx";
import { Failure } from "../shell/failure.tsx";
import { Page } from "../shell/page.tsx";

/** Two documents side by side, and what the change from one to the other does. */
export function Component(): ReactNode {
  const [search, setSearch] = useSearchParams();
  const [texts, setTexts] = useState({ before: "", after: "" });
  const policies = useQuery({ queryKey: ["policies", "All"], queryFn: () => listPolicies("All") });
  const [from, to] = [search.get("before") ?? "", search.get("after") ?? ""];
  const before = useDocument(from, texts.before, "the text before");
  const after = useDocument(to, texts.after, "the text after");
  const choose = (side: "before" | "after", written: string): void =>
    setSearch({ before: from, after: to, [side]: written }, { replace: true });
  return (
    <Page
      title="Review a policy"
      description="What a change of a policy gives and takes, with requests that show it."
      above={[["/policies", "Policies"]]}
      actions={
        <Button
          disabled={from === to}
          onClick={() => {
            setTexts({ before: texts.after, after: texts.before });
            setSearch({ before: to, after: from }, { replace: true });
          }}
        >
          Swap
        </Button>
      }
    >
      {policies.error === null ? null : (
        <Failure error={policies.error} task="list the policies" retry={() => void policies.refetch()}>
          <p>Texts that you paste are compared without it.</p>
        </Failure>
      )}
      <div className="split">
        <DocumentChoice
          title="Before"
          written={from}
          text={texts.before}
          policies={policies.data ?? []}
          error={before.error}
          onChoose={(written) => choose("before", written)}
          onText={(text) => setTexts({ ...texts, before: text })}
        />
        <DocumentChoice
          title="After"
          written={to}
          text={texts.after}
          policies={policies.data ?? []}
          error={after.error}
          onChoose={(written) => choose("after", written)}
          onText={(text) => setTexts({ ...texts, after: text })}
        />
      </div>
      {before.document === undefined || after.document === undefined ? (
        before.error === undefined && after.error === undefined ? (
          <p className="soft">Choose two documents, or two versions of one. The answer is shown here.</p>
        ) : null
      ) : (
        <Compared before={before.document} after={after.document} />
      )}
    </Page>
  );
}

function Compared({
  before,
  after,
}: {
  readonly before: ReviewedDocument;
  readonly after: ReviewedDocument;
}): ReactNode {
  const { data, error } = useQuery({
    queryKey: ["review", before, after],
    queryFn: async () => {
      // The library is large, and the page shows that it is at work before it stands still.
      const { reviewPolicies } = await import("../review/review-policies.ts");
      await new Promise((shown) => setTimeout(shown));
      return reviewPolicies(before, after);
    },
    staleTime: Infinity,
    networkMode: "always",
  });
  if (error !== null) return <Failure error={error} task="compare the documents" />;
  if (data === undefined) return <StatusIndicator type="loading">Comparing</StatusIndicator>;
  if ("fault" in data)
    return (
      <Alert type="warning" statusIconAriaLabel="Warning" header={`Could not read ${data.name}`}>
        {data.fault}
      </Alert>
    );
  return <ReviewResult review={data} before={before} after={after} />;
}
