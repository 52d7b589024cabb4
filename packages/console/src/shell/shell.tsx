import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Link, Outlet, useLocation, useNavigation } from "react-router";
import type { RoleInUse, Session } from "../api/session.ts";
import { AccountMenu } from "./account-menu.tsx";
import { showDuration } from "./format.ts";
import { keepFocus } from "./kept-focus.ts";
import { Navigation } from "./navigation.tsx";
import { type Notice, Notices } from "./notices.tsx";
import { defaultColor, isColor, textColorOn } from "./remembered-roles.ts";
import { SessionEnd } from "./session-end.tsx";
import { SessionProvider, useSession, useSwitchBack } from "./session-context.tsx";

export function Shell(): ReactNode {
  return (
    <SessionProvider>
      {(left) => <Notices first={leftNotice(left)}>{(bar) => <Frame notices={bar} />}</Notices>}
    </SessionProvider>
  );
}

function leftNotice(left: string): Notice | undefined {
  if (left === "") return undefined;
  const header = `You no longer act as ${left} in this browser`;
  return { type: "warning", header, content: "The page was read anew, and nothing that was typed in it was sent." };
}

function Frame({ notices }: { readonly notices: ReactNode }): ReactNode {
  const session = useSession();
  const { pathname } = useLocation();
  const loading = useNavigation().state === "loading";
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(keepFocus, []);
  // Before it is shown: whoever types at once does not lose the focus afterwards.
  useLayoutEffect(() => {
    const isFirst = first.current;
    first.current = false;
    setOpen(false);
    // The tab that was chosen is still there, and the arrows go on from it; or the page begins with its first field.
    const { activeElement } = document;
    if (activeElement !== main.current && main.current?.contains(activeElement) === true) return;
    // A new page is read from its start; the first one keeps the browser's own focus.
    if (!isFirst) main.current?.focus();
    scrollTo(0, 0);
  }, [pathname]);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <Warnings session={session} />
        {session.role === undefined ? null : <RoleLine role={session.role} />}
        <div className="bar">
          <button
            type="button"
            className="bar-menu"
            aria-label="Navigation"
            aria-expanded={open}
            aria-controls="navigation"
            onClick={() => setOpen(!open)}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M2 4h12M2 8h12M2 12h12" />
            </svg>
          </button>
          <Link className="brand" to="/">
            <svg viewBox="0 0 32 32" aria-hidden="true">
              <path d="M16 4l10 3.800v8C26 22 22 26.300 16 28.500 10 26.300 6 22 6 15.800v-8z" />
              <circle cx="16" cy="13.500" r="3" />
              <path d="M16 16v6" />
            </svg>
            s3-credentials
          </Link>
          <div className="bar-end">
            <span className="bar-account" title={`Account ${session.accountId}`}>
              {session.alias || session.accountId}
            </span>
            <span className="awsui-context-top-navigation">
              <AccountMenu />
            </span>
          </div>
        </div>
        <div className={loading ? "progress progress-on" : "progress"} />
      </header>
      <SessionEnd />
      <div className="body">
        <nav id="navigation" aria-label="Pages" className={open ? "nav nav-open" : "nav"}>
          <Navigation onChoice={() => setOpen(false)} />
          <p className="nav-version">{session.version === "" ? "" : `Version ${session.version}`}</p>
        </nav>
        <main id="main" ref={main} tabIndex={-1} className="main">
          {notices === null ? null : <div className="notices">{notices}</div>}
          <Outlet />
        </main>
      </div>
    </div>
  );
}

function Warnings({ session }: { readonly session: Session }): ReactNode {
  return (
    <>
      {session.insecure ? (
        <p className="warning-line">
          This page came over plain HTTP: whoever is on the way can read your password and change what you do here.
        </p>
      ) : null}
      {session.isRoot ? (
        <p className="warning-line">
          You act as the account's root user, whom no policy limits. {timeLeft(session.expires)}
        </p>
      ) : null}
    </>
  );
}

function timeLeft(expires: number): string {
  return expires > 0 ? `${showDuration(expires - Date.now())} left.` : "";
}

function useMinutes(): void {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) tick((before) => before + 1);
    }, 30_000);
    return () => clearInterval(timer);
  }, []);
}

function RoleLine({ role }: { readonly role: RoleInUse }): ReactNode {
  useMinutes();
  const back = useSwitchBack();
  const color = isColor(role.color) ? role.color : defaultColor;
  return (
    <div className="role-line" style={{ background: color, color: textColorOn(color) }} data-color={color}>
      <span>
        You act as <strong>{role.displayName || role.roleName}</strong>
        <span className="role-detail">
          {" "}
          · role {role.roleName} in {role.accountId}
          {role.expires > 0 ? ` · ${showDuration(role.expires - Date.now())} left` : ""}
        </span>
      </span>
      <button type="button" className="role-back" onClick={() => back.run()} disabled={back.busy}>
        Switch back
      </button>
    </div>
  );
}
