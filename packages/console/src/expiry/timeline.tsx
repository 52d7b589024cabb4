import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Failure } from "../shell/failure.tsx";
import { countOf } from "../shell/format.ts";
import { type Lifetime, lifetimeWords, type Matter, matterOf, oldKeyDays, sortLifetimes } from "./lifetimes.ts";
import { keysOf, readKeyLifetimes, readSessionLifetimes } from "./read-lifetimes.ts";
import { axisMarks, placeOnAxis } from "./time-scale.ts";

/** More are in the tables below. */
const maxShown = 30;

/** Keys and temporary credentials on one axis of time. `user` undefined: of the whole account. */
export function Timeline({ user }: { readonly user: string | undefined }): ReactNode {
  const keys = useQuery({
    queryKey: ["keys", "lifetimes", user ?? ""],
    queryFn: async () => (user === undefined ? readKeyLifetimes() : { keys: await keysOf(user), usersLeft: 0 }),
  });
  const sessions = useQuery({
    queryKey: ["sessions", "lifetimes", user ?? ""],
    queryFn: () => readSessionLifetimes(user),
  });
  const now = Date.now();
  const all = sortLifetimes([...(keys.data?.keys ?? []), ...(sessions.data ?? [])], now);
  const count = (matter: Matter): number => all.filter((one) => matterOf(one, now) === matter).length;
  const usersLeft = keys.data?.usersLeft ?? 0;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Every key and every temporary credential that works now, since when and until when."
        >
          What expires, and what is old
        </Header>
      }
    >
      <div className="stack">
        {keys.error === null ? null : (
          <Failure error={keys.error} task="list the keys" retry={() => void keys.refetch()} />
        )}
        {sessions.error === null ? null : (
          <Failure error={sessions.error} task="list what expires" retry={() => void sessions.refetch()} />
        )}
        {keys.isPending || sessions.isPending ? (
          <StatusIndicator type="loading">Reading keys and sessions</StatusIndicator>
        ) : (
          <p className="timeline-summary" role="status">
            {[
              keys.data && `${countOf(count("old"), "key")} older than ${oldKeyDays} days`,
              sessions.data && `${countOf(count("ending"), "session ends", "sessions end")} within 24 hours`,
              usersLeft > 0 && `keys of ${countOf(usersLeft, "more user")} were not looked at`,
            ]
              .filter(Boolean)
              .join(" · ")}
          </p>
        )}
        {all.length === 0 ? null : (
          <div className="timeline">
            <Axis now={now} />
            <ul>
              {all.slice(0, maxShown).map((one) => (
                <Row key={one.id} lifetime={one} now={now} />
              ))}
            </ul>
          </div>
        )}
        {all.length > maxShown ? (
          <p className="soft">{countOf(all.length - maxShown, "more is", "more are")} not shown here.</p>
        ) : null}
      </div>
    </Container>
  );
}

const percent = (place: number): string => `${place.toFixed(2)}%`;

/** For the eye: each row says the same in words. */
function Axis({ now }: { readonly now: number }): ReactNode {
  return (
    <svg className="timeline-axis" aria-hidden="true">
      {axisMarks.map(([fromNow, words]) => (
        <text key={words} x={percent(placeOnAxis(now + fromNow, now))} y="12" textAnchor="middle">
          {words}
        </text>
      ))}
    </svg>
  );
}

const matterWords: Readonly<Record<Matter, string>> = { old: "Replace it", ending: "Ends soon", none: "" };

function Row({ lifetime, now }: { readonly lifetime: Lifetime; readonly now: number }): ReactNode {
  const { name, page, id, from, until, kind } = lifetime;
  const matter = matterOf(lifetime, now);
  const [start, end] = [placeOnAxis(from, now), placeOnAxis(until, now)];
  return (
    <li>
      <div className="timeline-words">
        <Link className="plain-link" to={page}>
          {name}
        </Link>{" "}
        {kind === "key" ? <code>{id}</code> : null} <span>{lifetimeWords(lifetime, now)}</span>{" "}
        {matter === "none" ? null : <b className={`timeline-${matter}`}>{matterWords[matter]}</b>}
      </div>
      <svg className={`timeline-bar timeline-${matter}`} aria-hidden="true">
        {axisMarks.map(([fromNow, words]) => {
          const place = percent(placeOnAxis(now + fromNow, now));
          return (
            <line key={words} className={fromNow === 0 ? "timeline-now" : ""} x1={place} x2={place} y1="0" y2="14" />
          );
        })}
        <rect x={percent(start)} y="3" height="8" rx="3" width={percent(Math.max(0.8, end - start))} />
      </svg>
    </li>
  );
}
