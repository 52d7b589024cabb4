import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { listKeys } from "../api/iam/access-keys.ts";
import { getVersion } from "../api/iam/policies.ts";
import { type IssuedSession, listSessions } from "../api/sessions.ts";
import { getPublicBlock, getBucketPolicy } from "../api/s3.ts";
import { Words } from "../editor/words.tsx";
import { oldKeyDays } from "../expiry/lifetimes.ts";
import { dayMs, ageInDays, countOf } from "../shell/format.ts";
import { bucketPath } from "./buckets.tsx";
import { accountLists } from "./home-lists.ts";
import { policyPath } from "./policy-picker.tsx";
import { rolePath } from "./roles.tsx";
import { trustedBy } from "./trust.ts";
import { userPath } from "./users.tsx";

/** What the page looks at, at most, of each kind: a large account is not read whole to greet somebody. */
const maxLooked = 50;

interface Matter {
  readonly key: string;
  readonly words: ReactNode;
  readonly why: ReactNode;
}

/** What may not be looked at hides nothing of the rest; nothing found is said only when all was looked at. */
async function lookAt<T>(all: readonly T[], look: (one: T) => Promise<readonly Matter[]>): Promise<readonly Matter[]> {
  const looked = await Promise.allSettled(all.slice(0, maxLooked).map(look));
  const found = looked.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  const refused = looked.find((one) => one.status === "rejected");
  if (found.length === 0 && refused !== undefined) throw refused.reason;
  return found;
}

async function mattersOfKeys(client: QueryClient): Promise<readonly Matter[]> {
  return lookAt(await client.fetchQuery(accountLists.users), async ({ name }) =>
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

async function mattersOfRoles(client: QueryClient): Promise<readonly Matter[]> {
  return (await client.fetchQuery(accountLists.roles))
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
}

/** Sign-ins end by themselves; what a program works with is missed when it ends. */
async function mattersOfSessions(): Promise<readonly Matter[]> {
  const isEnding = ({ state, operation, expires }: IssuedSession): boolean =>
    state === "Active" && operation !== "ConsoleLogin" && Date.parse(expires) - Date.now() < dayMs;
  const count = (await listSessions({})).filter(isEnding).length;
  if (count === 0) return [];
  return [
    {
      key: "sessions",
      words: (
        <Link className="plain-link" to="/credentials">
          {countOf(count, "temporary credential ends", "temporary credentials end")} within 24 hours
        </Link>
      ),
      why: "What works with them after that has to ask for new ones.",
    },
  ];
}

async function mattersOfBuckets(client: QueryClient): Promise<readonly Matter[]> {
  return lookAt(await client.fetchQuery(accountLists.buckets), async ({ name }) => {
    const policy = await getBucketPolicy(name);
    if (policy === undefined || !grantsEveryone(policy)) return [];
    const { RestrictPublicBuckets: restricted } = await getPublicBlock(name);
    if (restricted) return [];
    return [
      {
        key: name,
        words: (
          <>
            The bucket{" "}
            <Link className="plain-link" to={bucketPath(name, "permissions")}>
              {name}
            </Link>{" "}
            has a policy for everyone
          </>
        ),
        why: "Check that it is meant to be public.",
      },
    ];
  });
}

/** The validator is large: the page is there before it. */
async function mattersOfPolicies(client: QueryClient): Promise<readonly Matter[]> {
  const { dangerOf } = await import("../editor/has-errors.ts");
  return lookAt(await client.fetchQuery(accountLists.policies), async ({ name, arn, defaultVersion }) => {
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

function grantsEveryone(policy: string): boolean {
  return trustedByEveryone.test(policy) && /"Effect"\s*:\s*"Allow"/.test(policy);
}

const trustedByEveryone = /"Principal"\s*:\s*(?:"\*"|\{[^}]*"AWS"\s*:\s*(?:"\*"|\[[^\]]*"\*"[^\]]*\]))/;

/** What is unfinished, and worth a look. */
export function Matters(): ReactNode {
  const client = useQueryClient();
  const keys = useQuery({ queryKey: ["matters", "keys"], queryFn: () => mattersOfKeys(client) });
  const roles = useQuery({ queryKey: ["matters", "roles"], queryFn: () => mattersOfRoles(client) });
  const sessions = useQuery({ queryKey: ["matters", "sessions"], queryFn: mattersOfSessions });
  const buckets = useQuery({ queryKey: ["matters", "buckets"], queryFn: () => mattersOfBuckets(client) });
  const policies = useQuery({ queryKey: ["matters", "policies"], queryFn: () => mattersOfPolicies(client) });
  const all = [keys, roles, buckets, policies, sessions];
  const found = all.flatMap(({ data }) => data ?? []);
  const refused = all.filter(({ error }) => error !== null).length;
  return (
    <Container
      header={
        <Header variant="h2" counter={found.length === 0 ? "" : `(${found.length})`}>
          Worth a look
        </Header>
      }
    >
      {found.length === 0 ? (
        <StatusIndicator type={all.some(({ isPending }) => isPending) ? "loading" : refused > 0 ? "info" : "success"}>
          {all.some(({ isPending }) => isPending)
            ? "Looking"
            : refused > 0
              ? "Your rights do not show everything here"
              : "Nothing unfinished: no old keys, no role without a taker, no public bucket, no dangerous policy"}
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
    </Container>
  );
}
