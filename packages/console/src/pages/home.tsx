import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { listKeys } from "../api/iam/access-keys.ts";
import { getVersion, listPolicies } from "../api/iam/policies.ts";
import { listRoles } from "../api/iam/roles.ts";
import { listUsers } from "../api/iam/users.ts";
import { type IssuedSession, listSessions } from "../api/sessions.ts";
import { getPublicBlock, getBucketPolicy, listBuckets } from "../api/s3.ts";
import { Words } from "../editor/words.tsx";
import { oldKeyDays } from "../expiry/lifetimes.ts";
import { Arn, Facts } from "../shell/facts.tsx";
import { Failure } from "../shell/failure.tsx";
import { ageInDays, countOf } from "../shell/format.ts";
import { Page } from "../shell/page.tsx";
import { useSession } from "../shell/session-context.tsx";
import { bucketPath } from "./buckets.tsx";
import { policyPath } from "./policy-picker.tsx";
import { rolePath } from "./roles.tsx";
import { trustedBy } from "./trust.ts";
import { userPath } from "./users.tsx";

/** What the page looks at, at most, of each kind: a large account is not read whole to greet somebody. */
const maxLooked = 50;
const dayMs = 86_400_000;

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

async function mattersOfKeys(): Promise<readonly Matter[]> {
  return lookAt(await listUsers(), async ({ name }) =>
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

async function mattersOfRoles(): Promise<readonly Matter[]> {
  return (await listRoles())
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

async function mattersOfBuckets(): Promise<readonly Matter[]> {
  return lookAt(await listBuckets(), async ({ name }) => {
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
async function mattersOfPolicies(): Promise<readonly Matter[]> {
  const { dangerOf } = await import("../editor/has-errors.ts");
  return lookAt(await listPolicies("Local"), async ({ name, arn, defaultVersion }) => {
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
        <b>{query.data === undefined ? "–" : query.data.length.toLocaleString()}</b>
        <span>
          {query.data?.length === 1 ? one : `${one}s`}
          {query.error === null || query.error === undefined ? "" : ": not allowed"}
        </span>
      </Link>
    </li>
  );
}

function Counts(): ReactNode {
  const users = useQuery({ queryKey: ["users"], queryFn: listUsers });
  const roles = useQuery({ queryKey: ["roles"], queryFn: listRoles });
  const buckets = useQuery({ queryKey: ["buckets"], queryFn: listBuckets });
  return (
    <ul className="tiles" aria-label="What the account has">
      <Count query={users} to="/users" one="user" />
      <Count query={roles} to="/roles" one="role" />
      <Count query={buckets} to="/buckets" one="bucket" />
    </ul>
  );
}

function Matters(): ReactNode {
  const keys = useQuery({ queryKey: ["matters", "keys"], queryFn: mattersOfKeys });
  const roles = useQuery({ queryKey: ["matters", "roles"], queryFn: mattersOfRoles });
  const sessions = useQuery({ queryKey: ["matters", "sessions"], queryFn: mattersOfSessions });
  const buckets = useQuery({ queryKey: ["matters", "buckets"], queryFn: mattersOfBuckets });
  const policies = useQuery({ queryKey: ["matters", "policies"], queryFn: mattersOfPolicies });
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

/** An account with nobody in it but its first administrator learns what comes first. */
function FirstSteps(): ReactNode {
  const users = useQuery({ queryKey: ["users"], queryFn: listUsers });
  const policies = useQuery({ queryKey: ["policies", "Local"], queryFn: () => listPolicies("Local") });
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
