import { answerParsed, type Listener, listenerOf, type ListenerParts } from "../http/listener.ts";
import { renderForPeople } from "./error-page.ts";
import { serveVisit, type VisitParts } from "./serve-visit.ts";
import { parseVisit, type SiteSettings } from "./visit.ts";

export interface WebsiteParts extends Pick<
  ListenerParts,
  "gate" | "clock" | "ids" | "log" | "accessLog" | "tracing" | "config"
> {
  readonly ports: VisitParts["ports"];
  readonly sites: SiteSettings;
}

/** Buckets as websites, for browsers, at an address of their own: docs/guide/websites.md. */
export function createWebsite(parts: WebsiteParts): Listener {
  return listenerOf(parts, async (exchange) => {
    const { parsed, visit } = parseVisit(parts.sites, parts.clock, exchange);
    const gate: ListenerParts["gate"] = {
      async serve(request, route, finish) {
        if (visit === undefined || route.service !== "s3") throw new Error("a visit that was refused is not served");
        await serveVisit(parts, visit, request, route, finish);
      },
    };
    await answerParsed({ ...parts, gate, render: renderForPeople, isVisit: true }, exchange, parsed);
  });
}
