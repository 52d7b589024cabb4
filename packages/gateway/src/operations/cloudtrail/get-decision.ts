import type { LinePosition } from "../../ports/event-store.ts";
import { jsonText } from "../json/json-fields.ts";
import { isRefusal, refuse } from "../operation.ts";
import { defineCloudtrail, lastTime, readToken, token, tokenOf } from "./define-cloudtrail.ts";
import { isPosition, scanDataEvents } from "./lookup-data-events.ts";
import { isSequence, scanEvents } from "./lookup-events.ts";

interface DecidedEvent {
  readonly additionalEventData?: {
    readonly decision?: { readonly policies?: readonly { readonly sha256?: string }[] };
  };
}

/** In management events, which are searched first, or in data events. */
const isPlace = (value: unknown): value is number | LinePosition => isSequence(value) || isPosition(value);

/**
 * The event of one request of the caller's account, with the documents of the policies that decided it, as they were then. Ours. Events are
 * searched from the newest on: an answer with a token alone says where to go on.
 */
export const getDecision = defineCloudtrail({
  name: "GetDecision",
  fields: { RequestId: jsonText({ max: 64 }), NextToken: token },
  async run({ RequestId, NextToken }, { accountId, ports, time }) {
    const place = readToken(NextToken, isPlace);
    if (isRefusal(place)) return place;
    let body: string | undefined;
    if (typeof place !== "object") {
      const range = { from: 0, to: lastTime, before: place };
      const query = { accountId, key: `RequestId=${RequestId}`, ...range, limit: 1 };
      const { events, next } = await scanEvents(ports.events, time, query);
      body = events[0]?.body;
      if (body === undefined && next !== undefined) return { NextToken: tokenOf(next) };
    }
    if (body === undefined) {
      const { found, next } = await scanDataEvents({
        reader: ports.dataEvents,
        accountId,
        time,
        from: typeof place === "object" ? place : undefined,
        contains: RequestId,
        limit: 1,
        wants: (event) => event.requestID === RequestId,
      });
      [body] = found;
      if (body === undefined)
        return next === undefined ? refuse("EventNotFoundException") : { NextToken: tokenOf(next) };
    }
    const { policies = [] } = (JSON.parse(body) as DecidedEvent).additionalEventData?.decision ?? {};
    const hashes = policies.flatMap(({ sha256 }) => (sha256 === undefined ? [] : [sha256]));
    const documents = await ports.events.documents(hashes);
    return { CloudTrailEvent: body, PolicyDocuments: Object.fromEntries(documents) };
  },
});
