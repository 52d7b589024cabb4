import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, Fragment, type ReactNode, useContext, useEffect, useState } from "react";
import { CallError, type RenewSession, setSessionRenewal } from "../api/call.ts";
import {
  isSameActor,
  loadSession,
  reloadSession,
  type RoleChoice,
  type Session,
  switchBack,
  switchRole,
} from "../api/session.ts";
import { type Action, useAction } from "./action.ts";
import { Failure } from "./failure.tsx";
import { rememberRole } from "./remembered-roles.ts";
import { askToSignIn, SignInAgain } from "./sign-in-again.tsx";

const SessionContext = createContext<Session | undefined>(undefined);

/** Other tabs of this browser: they act as the same user and the same role. */
const tabs = new BroadcastChannel("session");

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error("there is no session here");
  return session;
}

/** The account whose users, roles and buckets the page shows: the role's when one is in use. */
export function useAccountId(): string {
  const { accountId, role } = useSession();
  return role?.accountId ?? accountId;
}

/** `children` gets the name of the former actor when another one has taken its place and this page did not ask for it; else an empty text. */
export function SessionProvider({ children }: { readonly children: (left: string) => ReactNode }): ReactNode {
  const client = useQueryClient();
  const [left, setLeft] = useState("");
  const { data, error, refetch } = useQuery({
    queryKey: ["session"],
    queryFn: async () => {
      const now = await loadSession();
      const before = client.getQueryData<Session>(["session"]);
      const isOther = before !== undefined && !isSameActor(before, now);
      // Another tab has signed in, or the time of the role is over: what was typed as one is never done as the other.
      if (isOther) forgetAll(client);
      setLeft(isOther ? actorName(before) : "");
      return now;
    },
    refetchOnWindowFocus: true,
    staleTime: 30_000,
  });
  useEffect(() => {
    const changed = (): void => void readAnew(client);
    tabs.addEventListener("message", changed);
    return () => tabs.removeEventListener("message", changed);
  }, [client]);
  setSessionRenewal(data === undefined ? undefined : renewal(client, data));
  if (data !== undefined)
    return (
      <SessionContext value={data}>
        <Fragment key={`${data.userArn} ${data.role?.arn ?? ""}`}>{children(left)}</Fragment>
        <SignInAgain session={data} onSession={(session) => client.setQueryData(["session"], session)} />
      </SessionContext>
    );
  if (error === null) return <div className="starting" role="status" aria-label="Loading" />;
  return (
    <div className="starting-failed">
      <Failure error={error} task="open the console" retry={() => void refetch()} />
    </div>
  );
}

function renewal(client: QueryClient, before: Session): RenewSession {
  return async (why) => {
    if (why === "ended") return askToSignIn();
    const now = await reloadSession();
    if (!isSameActor(before, now)) {
      await readAnew(client);
      throw new CallError({
        code: "ActorChanged",
        message: `You no longer act as ${actorName(before)} in this browser. Nothing was done.`,
        status: 409,
      });
    }
    client.setQueryData(["session"], now);
  };
}

function actorName({ role, userName }: Session): string {
  return role === undefined ? userName : `the role ${role.displayName || role.roleName}`;
}

function forgetAll(client: QueryClient): void {
  client.removeQueries({ predicate: ({ queryKey: [name] }) => name !== "session" });
}

/**
 * Everything the page knows was read as somebody else. The session comes first: with it comes the token that the other calls need, and until
 * it is there nothing else is shown.
 */
async function readAnew(client: QueryClient): Promise<void> {
  forgetAll(client);
  await client.resetQueries({ queryKey: ["session"] });
}

function useIdentityChange(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel reaches its own origin alone
    tabs.postMessage("changed");
    await readAnew(client);
  };
}

export function useSwitchRole(quiet: boolean): Action<RoleChoice, RoleChoice> {
  const changed = useIdentityChange();
  return useAction<RoleChoice, RoleChoice>(
    async (choice) => {
      await switchRole(choice);
      rememberRole(choice);
      await changed();
      return choice;
    },
    {
      // The home page says who acts now.
      task: "switch the role",
      quiet,
      goTo: () => "/",
    },
  );
}

export function useSwitchBack(): Action<void, void> {
  const changed = useIdentityChange();
  return useAction<void, void>(
    async () => {
      await switchBack();
      await changed();
    },
    { task: "switch back", goTo: () => "/" },
  );
}
