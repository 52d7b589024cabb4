import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { listKeys } from "../api/iam/access-keys.ts";
import { getVersion } from "../api/iam/policies.ts";
import { type IssuedSession, listSessions } from "../api/sessions.ts";
import { Words } from "../editor/words.tsx";
import { oldKeyDays } from "../expiry/lifetimes.ts";
import { isRefused } from "../shell/failure.tsx";
import { dayMs, ageInDays, countOf } from "../shell/format.ts";
import { useAccountId } from "../shell/session-context.tsx";
import { bucketPath } from "./buckets.tsx";
import { accountLists } from "./home-lists.ts";
import { type Looked, lookAt } from "./look-at.ts";
import { policyPath } from "./policy-picker.tsx";
import { rolePath } from "./roles.tsx";
import { trustedBy } from "./trust.ts";
import { userPath } from "./users.tsx";

interface Matter {
  readonly key: string;
  readonly words: ReactNode;
  readonly why: ReactNode;
}

async function mattersOfKeys(client: QueryClient): Promise<Looked<Matter>> {
  return lookAt("users", await client.fetchQuery(accountLists.users), async ({ name }) =>
    (await listKeys(name))
      .filter(({ active, created }) => active && ageInDays(created) > oldKeyDays)
      .map(({ id, created }) => ({
        key: id,
        words: (
          <>
            An access key of{" "}
            <Link className="plain-link" to={userPath(name, "keys")}>
              {name}
            </Link>{" "}
            is {ageInDays(created)} days old
          </>
        ),
        why: "Make a new one, change the program over, deactivate the old one.",
      })),
  );
}

async function mattersOfRoles(client: QueryClient): Promise<Looked<Matter>> {
  const found = (await client.fetchQuery(accountLists.roles))
    .filter(({ trust }) => trustedBy(trust).every((name) => name.startsWith("deleted identity")))
    .map(({ name }) => ({
      key: name,
      words: (
        <>
          Nobody can take the role{" "}
          <Link className="plain-link" to={rolePath(name, "trust")}>
            {name}
          </Link>
        </>
      ),
      why: "Whom it trusts was deleted. Change its trust policy, or delete it.",
    }));
  return { found };
}

/** Sign-ins end by themselves; what a program works with is missed when it ends. */
async function mattersOfSessions(): Promise<Looked<Matter>> {
  const isEnding = ({ state, operation, expires }: IssuedSession): boolean =>
    state === "Active" && operation !== "ConsoleLogin" && Date.parse(expires) - Date.now() < dayMs;
  const count = (await listSessions({})).filter(isEnding).length;
  const matter = {
    key: "sessions",
    words: (
      <Link className="plain-link" to="/credentials">
        {countOf(count, "temporary credential ends", "temporary credentials end")} within 24 hours
      </Link>
    ),
    why: "What works with them after that has to ask for new ones.",
  };
  return { found: count === 0 ? [] : [matter] };
}

/** The parser of policies, like the validator, is large: the page is there before it. */
async function mattersOfBuckets(client: QueryClient, account: string): Promise<Looked<Matter>> {
  const { publicBy } = await import("../access/public-bucket.ts");
  return lookAt("buckets", await client.fetchQuery(accountLists.buckets), async ({ name }) => {
    const by = await publicBy(name, account);
    if (by === undefined) return [];
    return [
      {
        key: name,
        words: (
          <>
            The bucket{" "}
            <Link className="plain-link" to={bucketPath(name, "permissions")}>
              {name}
            </Link>{" "}
            is public by its {by}
          </>
        ),
        why: "Check that it is meant to be public.",
      },
    ];
  });
}

async function mattersOfPolicies(client: QueryClient): Promise<Looked<Matter>> {
  const { dangerOf } = await import("../editor/has-errors.ts");
  return lookAt("policies", await client.fetchQuery(accountLists.policies), async ({ name, arn, defaultVersion }) => {
    const danger = dangerOf(await getVersion(arn, defaultVersion));
    if (danger === undefined) return [];
    return [
      {
        key: arn,
        words: (
          <>
            The policy{" "}
            <Link className="plain-link" to={policyPath(arn)}>
              {name}
            </Link>{" "}
            is dangerous
          </>
        ),
        why: <Words text={danger} />,
      },
    ];
  });
}

/** What is unfinished, and worth a look. */
export function Matters(): ReactNode {
  const client = useQueryClient();
  const account = useAccountId();
  const keys = useQuery({ queryKey: ["matters", "keys"], queryFn: () => mattersOfKeys(client) });
  const roles = useQuery({ queryKey: ["matters", "roles"], queryFn: () => mattersOfRoles(client) });
  const sessions = useQuery({ queryKey: ["matters", "sessions"], queryFn: mattersOfSessions });
  const buckets = useQuery({ queryKey: ["matters", "buckets"], queryFn: () => mattersOfBuckets(client, account) });
  const policies = useQuery({ queryKey: ["matters", "policies"], queryFn: () => mattersOfPolicies(client) });
  const all = [keys, roles, buckets, policies, sessions];
  const found = all.flatMap(({ data }) => data?.found ?? []);
  const parts = all.flatMap(({ data }) => data?.part ?? []);
  const errors = all.flatMap(({ error }) => error ?? []);
  // None, where all was read.
  const unread =
    errors.length === 0
      ? undefined
      : errors.every(isRefused)
        ? "Your rights do not show everything here"
        : "Not everything here could be read";
  const isLooking = all.some(({ isPending }) => isPending);
  return (
    <Container
      header={
        <Header variant="h2" counter={found.length === 0 ? "" : `(${found.length})`}>
          Worth a look
        </Header>
      }
    >
      {found.length === 0 ? (
        <StatusIndicator type={isLooking ? "loading" : unread !== undefined || parts.length > 0 ? "info" : "success"}>
          {isLooking
            ? "Looking"
            : (unread ??
              `Nothing unfinished${parts.length > 0 ? " in what was looked at" : ""}: no old keys, no role that nobody can take, no public bucket, no dangerous managed policy`)}
        </StatusIndicator>
      ) : (
        <ul className="findings">
          {found.map(({ key, words, why }) => (
            <li key={key}>
              <StatusIndicator type="warning">{words}</StatusIndicator>
              <div className="soft">{why}</div>
            </li>
          ))}
        </ul>
      )}
      {found.length === 0 || unread === undefined ? null : <p className="soft">{unread}.</p>}
      {parts.length === 0 ? null : <p className="soft">Only {parts.join(", ")} were looked at.</p>}
    </Container>
  );
}
