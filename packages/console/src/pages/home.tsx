import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Arn, Facts } from "../shell/facts.tsx";
import { Failure, isRefused } from "../shell/failure.tsx";
import { showNumber } from "../shell/format.ts";
import { Page } from "../shell/page.tsx";
import { useSession } from "../shell/session-context.tsx";
import { accountLists } from "./home-lists.ts";
import { Matters } from "./home-matters.tsx";

export function Component(): ReactNode {
  const { userName, accountId, alias, userArn, role, s3Origin, region, isRoot } = useSession();
  return (
    <Page
      title={
        role === undefined ? `Hello, ${isRoot ? "root" : userName}` : `You act as ${role.displayName || role.roleName}`
      }
      description="Credentials that can do exactly what was asked, and nothing else."
    >
      <Container
        header={
          <Header variant="h2" description={`Region ${region}`}>
            Where you are
          </Header>
        }
      >
        <Facts
          items={[
            ["Account", alias === "" ? accountId : `${alias} (${accountId})`],
            ["You are", <Arn key="arn" arn={role?.arn ?? userArn} />],
            ["S3 endpoint for programs", <Arn key="origin" arn={s3Origin} what="the address" />],
          ]}
        />
      </Container>
      <div className="home-grid">
        <Counts />
        <Matters />
      </div>
      <FirstSteps />
    </Page>
  );
}

function Count(props: {
  readonly query: { data?: readonly unknown[] | undefined; error: unknown };
  readonly to: string;
  readonly one: string;
}): ReactNode {
  const { query, to, one } = props;
  return (
    <li>
      <Link className="tile" to={to}>
        <b>{query.data === undefined ? "–" : showNumber(query.data.length)}</b>
        <span>
          {query.data?.length === 1 ? one : `${one}s`}
          {query.error ? (isRefused(query.error) ? ": not allowed" : ": could not be read") : ""}
        </span>
      </Link>
    </li>
  );
}

function Counts(): ReactNode {
  const users = useQuery(accountLists.users);
  const roles = useQuery(accountLists.roles);
  const buckets = useQuery(accountLists.buckets);
  return (
    <ul className="tiles" aria-label="What the account has">
      <Count query={users} to="/users" one="user" />
      <Count query={roles} to="/roles" one="role" />
      <Count query={buckets} to="/buckets" one="bucket" />
    </ul>
  );
}

/** An account with nobody in it but its first administrator learns what comes first. */
function FirstSteps(): ReactNode {
  const users = useQuery(accountLists.users);
  const policies = useQuery(accountLists.policies);
  if (users.error !== null) return <Failure error={users.error} task="list the users" />;
  if ((users.data?.length ?? 2) > 1 || (policies.data?.length ?? 1) > 0) return null;
  const steps = [
    ["/policies/create", "Write a policy", "What is allowed, on which bucket, and when."],
    ["/roles/create", "Create a role", "Rights that somebody takes for an hour."],
    ["/users/create", "Create a user", "One for each person and each program."],
  ] as const;
  return (
    <Container header={<Header variant="h2">First steps</Header>}>
      <ol className="steps">
        {steps.map(([to, title, words]) => (
          <li key={to}>
            <Link className="plain-link strong" to={to}>
              {title}
            </Link>
            <div className="soft">{words}</div>
          </li>
        ))}
      </ol>
    </Container>
  );
}
