import { arnOf } from "@s3-credentials/policy";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import { AccessFailure } from "../access/access-failure.tsx";
import { accountAccessKey } from "../access/account-key.ts";
import { type AccountAccess, useAccountAccess } from "../access/account.ts";
import { DecisionView } from "../access/decision-view.tsx";
import { PolicyName } from "../access/policy-name.tsx";
import type { AuditEvent } from "../api/events.ts";
import { ChangesList } from "../explain/changes-list.tsx";
import { type DecidedNow, type DecidedThen, decideNow, readRecordedEvent } from "../explain/recorded-event.ts";
import { bucketOf } from "../explain/place-of.ts";
import { picturePath } from "../picture/picture-question.ts";
import { Facts } from "../shell/facts.tsx";
import { Failure } from "../shell/failure.tsx";
import { showName } from "../shell/format.ts";
import { Page } from "../shell/page.tsx";
import { useAccountId } from "../shell/session-context.tsx";
import { eventFacts } from "./event-facts.tsx";

/** Why a recorded request was allowed or denied, what would be decided now, and what would allow it. */
export function Component(): ReactNode {
  const { request = "" } = useParams();
  const query = useQuery({
    queryKey: ["recorded", request],
    queryFn: () => readRecordedEvent(request),
    structuralSharing: false,
    staleTime: Infinity,
  });
  const { data } = query;
  return (
    <Page
      title="Explain a request"
      description={<code className="arn">{request}</code>}
      above={[["/events", "Events"]]}
    >
      {query.error === null ? null : (
        <Failure error={query.error} task="read the event" retry={() => void query.refetch()} />
      )}
      {query.isPending ? <StatusIndicator type="loading">Reading the event</StatusIndicator> : null}
      {data === undefined ? null : <Asked event={data.event} />}
      {data === undefined ? null : data.decided === undefined ? (
        <p>No policy was asked: the request was refused before, or needs no permission.</p>
      ) : (
        <SpaceBetween size="l">
          <Container
            header={
              <Header variant="h2" description="With the policies as they were when it was asked.">
                As it was decided
              </Header>
            }
          >
            <Then then={data.decided} />
          </Container>
          <Now key={request} then={data.decided} />
        </SpaceBetween>
      )}
    </Page>
  );
}

function Asked({ event }: { readonly event: AuditEvent }): ReactNode {
  const { action, error, message } = event;
  return (
    <Container header={<Header variant="h2">{error === "" ? action : `${action}: ${error}`}</Header>}>
      <Facts items={eventFacts(event)} />
      {message === "" ? null : <p className="error-words">{showName(message)}</p>}
    </Container>
  );
}

function Then({ then }: { readonly then: DecidedThen }): ReactNode {
  const { explanation, question, caller } = then;
  const hidden = question.reported?.hidden;
  if (hidden !== undefined)
    return (
      <p>It was denied by {hidden}: the event of neither account says which, and the other's are not shown here.</p>
    );
  const wasAllowed = question.reported?.allowed ?? explanation.decision.allowed;
  if (explanation.decision.allowed !== wasAllowed)
    return (
      <p>
        It was {wasAllowed ? "allowed" : "denied"}. The policies ask for something of the request that the event does
        not have, such as a tag of an object of another account, so what decided is not shown here.
      </p>
    );
  // What would allow it is said of the policies of today.
  return <DecisionView explanation={{ ...explanation, changes: [], pairs: [] }} principal={caller.principal} />;
}

function Now({ then }: { readonly then: DecidedThen }): ReactNode {
  const accountId = useAccountId();
  const account = useAccountAccess();
  const access = account.data;
  const query = useQuery({
    queryKey: [accountAccessKey, "decided", then.request.action, then.request.resource, account.dataUpdatedAt],
    queryFn: async () => (access === undefined ? "unknown" : ((await decideNow(then, access, accountId)) ?? "unknown")),
    enabled: access !== undefined,
    structuralSharing: false,
    // A dialog that is open stays, with what it says.
    placeholderData: keepPreviousData,
  });
  const failed = account.error !== null || query.error !== null;
  return (
    <Container header={<Header variant="h2">Now</Header>}>
      {failed ? <AccessFailure account={account} resource={query} what="it" /> : null}
      {!failed && query.isPending ? <StatusIndicator type="loading">Deciding again</StatusIndicator> : null}
      {query.data === "unknown" ? (
        <p>Nothing can be decided for the caller now: it is not, or no longer, a user or role of this account.</p>
      ) : null}
      {query.data === undefined || query.data === "unknown" || access === undefined ? null : (
        <DecidedAgain then={then} now={query.data} account={access} />
      )}
    </Container>
  );
}

function DecidedAgain(props: {
  readonly then: DecidedThen;
  readonly now: DecidedNow;
  readonly account: AccountAccess;
}): ReactNode {
  const { then, now, account } = props;
  const { explanation, differences, notCounted } = now;
  const { allowed } = explanation.decision;
  const same = then.explanation.decision.allowed === allowed;
  return (
    <div className="stack">
      <div role="status">
        <StatusIndicator type={allowed ? "success" : "stopped"}>
          {same ? "Still" : "Now"} {allowed ? "allowed" : "denied"}
          {differences.length === 0 ? ": the policies are what they were." : ": policies have changed since."}
        </StatusIndicator>
      </div>
      {differences.length === 0 ? null : (
        <ul className="summary" aria-label="Policies that have changed">
          {differences.map(({ policy, what }) => (
            <li key={policy.name}>
              <PolicyName policy={policy} principal={then.request.principal} /> is {what}
            </li>
          ))}
        </ul>
      )}
      <Picture then={then} />
      {notCounted.map((sentence) => (
        <p key={sentence} className="soft">
          {sentence}
        </p>
      ))}
      {differences.length === 0 ? null : (
        <DecisionView explanation={{ ...explanation, changes: [], pairs: [] }} principal={then.request.principal} />
      )}
      {allowed ? null : (
        <section>
          <h3 className="minor">What would allow it</h3>
          <ChangesList now={now} request={then.request} details={account.details} />
        </section>
      )}
    </div>
  );
}

/** A request on a bucket, or on what is in it, as a picture. */
function Picture({ then: { request } }: { readonly then: DecidedThen }): ReactNode {
  const { action, resource, principal } = request;
  const bucket = bucketOf(resource);
  if (bucket === "") return null;
  const key = resource.split("/").slice(1).join("/");
  return (
    <p>
      <Link className="plain-link" to={picturePath({ principal: arnOf(principal), bucket, action, key })}>
        Picture of why
      </Link>
    </p>
  );
}
