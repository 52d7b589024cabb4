import Badge from "@cloudscape-design/components/badge";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Relation } from "@s3-credentials/policy";
import type { ReactNode } from "react";
import { DiffView } from "../editor/lazy-diff-view.tsx";
import { Words } from "../editor/words.tsx";
import { CopyButton } from "../shell/copy.tsx";
import type { Review, ReviewedDocument, Sentence } from "./review-policies.ts";

/** What the relation means to a reviewer. */
const meanings: Readonly<Record<Relation, readonly [type: StatusIndicatorProps.Type, words: string]>> = {
  equivalent: ["success", "Equal: the change gives nothing and takes nothing."],
  narrower: ["success", "Narrower: the change takes something, and gives nothing."],
  wider: ["warning", "Wider: the change gives something, and takes nothing."],
  incomparable: ["warning", "Different: the change gives something and takes something."],
  disjoint: ["warning", "Different: nothing of what was allowed is allowed after the change."],
  unknown: ["info", "Unknown: take it for wider until somebody has looked."],
};

export function ReviewResult(props: {
  readonly review: Review;
  readonly before: ReviewedDocument;
  readonly after: ReviewedDocument;
}): ReactNode {
  const { review, before, after } = props;
  const [type, words] = meanings[review.relation];
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            description="Decided over all requests at once. Each difference is a request that was tried."
            actions={<CopyButton text={review.report} what="the verdict" label="Copy the verdict" />}
          >
            Verdict
          </Header>
        }
      >
        <SpaceBetween size="s">
          <div role="status">
            <StatusIndicator type={type}>
              <b>{words}</b> {review.verdict}
            </StatusIndicator>
          </div>
          {review.differences.length === 0 ? null : (
            <ul className="findings" aria-label="Differences">
              {review.differences.map((difference) => (
                <li key={difference}>{difference}</li>
              ))}
            </ul>
          )}
        </SpaceBetween>
      </Container>
      <div className="split">
        <Sentences title={before.name} badge="Gone" sentences={review.before} />
        <Sentences title={after.name} badge="New" sentences={review.after} />
      </div>
      <Container header={<Header variant="h2">As text</Header>}>
        <DiffView before={before.text} after={after.text} sideBySide />
      </Container>
    </SpaceBetween>
  );
}

function Sentences(props: {
  readonly title: string;
  readonly badge: string;
  readonly sentences: readonly Sentence[];
}): ReactNode {
  const { title, badge, sentences } = props;
  return (
    <Container header={<Header variant="h2">{title} in sentences</Header>}>
      <ul className="summary">
        {sentences.map(({ text, onlyHere }) => (
          <li key={text}>
            {onlyHere ? (
              <>
                <Badge color={badge === "New" ? "green" : "severity-medium"}>{badge}</Badge>{" "}
              </>
            ) : null}
            <Words text={text} />
          </li>
        ))}
      </ul>
    </Container>
  );
}
