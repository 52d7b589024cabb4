import type { ReactNode } from "react";
import type { AuditEvent } from "../api/events.ts";
import { showName, showTime, zoneName } from "../shell/format.ts";

/** Who asked, when, from where and for what; for `Facts`. */
export function eventFacts({
  who,
  time,
  address,
  resource,
}: AuditEvent): readonly (readonly [label: string, value: ReactNode])[] {
  return [
    ["Who", showName(who)],
    ["When", `${showTime(time)} ${zoneName()}`],
    ["From", address],
    [
      "Resource",
      <span key="resource" className="arn">
        {resource === "" ? "–" : showName(resource)}
      </span>,
    ],
  ];
}
