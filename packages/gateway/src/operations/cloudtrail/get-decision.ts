import { jsonText } from "../json/json-fields.ts";
import { isRefusal, refuse } from "../operation.ts";
import { defineCloudtrail, readToken, token, tokenOf } from "./define-cloudtrail.ts";
import { isPosition, scanDataEvents } from "./lookup-data-events.ts";

interface DecidedEvent {
  readonly additionalEventData?: {
    readonly decision?: { readonly policies?: readonly { readonly sha256?: string }[] };
  };
}

/**
 * The event of one request of the caller's account, with the documents of the policies that decided it, as they were then. Ours. Data events
 * are searched from the newest on: an answer with a token alone says where to go on.
 */
export const getDecision = defineCloudtrail({
  name: "GetDecision",
  fields: { RequestId: jsonText({ max: 64 }), NextToken: token },
  async run({ RequestId, NextToken }, { accountId, ports, time }) {
    const from = readToken(NextToken, isPosition);
    if (isRefusal(from)) return from;
    const everything = { from: 0, to: Number.MAX_SAFE_INTEGER / 1000 - 1000, before: undefined, limit: 1 };
    const [stored] = await ports.events.lookup({ accountId, key: `RequestId=${RequestId}`, ...everything });
    let body = stored?.body;
    if (body === undefined) {
      const { found, next } = await scanDataEvents({
        reader: ports.dataEvents,
        time,
        from,
        contains: RequestId,
        limit: 1,
        wants: (event) => event.recipientAccountId === accountId && event.requestID === RequestId,
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
