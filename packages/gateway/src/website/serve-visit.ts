import { setImmediate as nextTurn } from "node:timers/promises";
import type { GatewayRequest, Route } from "../authn/request.ts";
import { isRefusal, type Refusal, refuse, type Reply } from "../operations/operation.ts";
import { emptyReply } from "../operations/s3/reply.ts";
import { type WebsiteConfiguration, websiteOf } from "../operations/s3/website-configuration.ts";
import { type Answer, nothingKnown } from "../pipeline/answer.ts";
import { findBucket } from "../pipeline/find-buckets.ts";
import { faultToRefusal } from "../pipeline/faults.ts";
import type { Gate } from "../pipeline/gate.ts";
import type { Ports } from "../ports/ports.ts";
import type { RequestLog } from "../ports/request-log.ts";
import { errorCodeHeader, statusOf } from "./error-page.ts";
import { locationOf, objectLocation, ruleFor, ruleLocation } from "./locations.ts";
import type { Visit } from "./visit.ts";

type S3Route = Extract<Route, { service: "s3" }>;
type Site = Extract<WebsiteConfiguration, { kind: "site" }>;
type Finish = (answer: Answer) => Promise<void>;

export interface VisitParts {
  readonly gate: Pick<Gate, "serve">;
  readonly ports: Pick<Ports, "buckets" | "principals">;
  readonly log: Pick<RequestLog, "fault">;
}

const redirectHeader = "x-amz-website-redirect-location";

/**
 * Answers a visit as a website: https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html. Every object goes through the
 * gate, by one request after the other; what the configuration alone says needs no right, as at S3. `finish` sends the one answer.
 */
export async function serveVisit(
  parts: VisitParts,
  visit: Visit,
  request: GatewayRequest,
  route: S3Route,
  finish: Finish,
): Promise<void> {
  const configuration = await configurationOf(parts, request, route.bucket ?? "");
  const about = { ...nothingKnown(), operation: route.operation };
  const ownScheme = request.secure ? "https" : "http";
  if (isRefusal(configuration)) return finish({ ...about, outcome: configuration });
  if (configuration.kind === "redirect") {
    const location = locationOf(visit, visit.key, configuration, ownScheme);
    return finish({ ...about, outcome: emptyReply(301, { location }) });
  }
  const rule = ruleFor(configuration.rules, visit.key, undefined);
  if (rule !== undefined) {
    const location = ruleLocation(visit, rule, ownScheme);
    return finish({ ...about, outcome: emptyReply(rule.redirect.status, { location }) });
  }
  const isFolder = visit.key === "" || visit.key.endsWith("/");
  const key = isFolder ? visit.key + configuration.index : visit.key;
  const missed = await ask(parts, request, { ...route, key }, async (answer, reply) => {
    const to = reply.headers[redirectHeader];
    if (to === undefined) return finish(answer);
    await dropBody(reply);
    return finish({ ...answer, outcome: emptyReply(301, { location: objectLocation(visit, to) }) });
  });
  if (missed !== undefined) await answerMiss({ parts, visit, request, route, configuration, isFolder, missed, finish });
}

interface Miss {
  readonly parts: VisitParts;
  readonly visit: Visit;
  readonly request: GatewayRequest;
  readonly route: S3Route;
  readonly configuration: Site;
  readonly isFolder: boolean;
  readonly missed: Answer & { readonly outcome: Refusal };
  readonly finish: Finish;
}

/** The object was refused: perhaps it is a folder, or the configuration says what to do, or has a page for errors. */
async function answerMiss(miss: Miss): Promise<void> {
  const { parts, visit, request, route, configuration, isFolder, missed, finish } = miss;
  const { index, errorKey, rules } = configuration;
  const status = statusOf(missed.outcome);
  const plain = withoutConditions(request);
  if (!isFolder && (status === 404 || status === 403)) {
    const folder = await ask(parts, plain, { ...route, operation: "HeadObject", key: `${visit.key}/${index}` }, () =>
      finish({ ...missed, outcome: emptyReply(302, { location: locationOf(visit, `${visit.key}/`) }) }),
    );
    if (folder === undefined) return;
  }
  const rule = ruleFor(rules, visit.key, status);
  if (rule !== undefined) {
    const location = ruleLocation(visit, rule, request.secure ? "https" : "http");
    return finish({ ...missed, outcome: emptyReply(rule.redirect.status, { location }) });
  }
  if (errorKey === undefined || status >= 500) return finish(missed);
  const noPage = await ask(parts, plain, { ...route, key: errorKey }, (_answer, reply) => {
    const headers = { ...reply.headers, [errorCodeHeader]: missed.outcome.code };
    return finish({ ...missed, outcome: { ...reply, status, headers } });
  });
  if (noPage !== undefined) await finish(missed);
}

/** The website of a bucket of an account that is not closed. */
async function configurationOf(
  { ports, log }: VisitParts,
  { requestId }: GatewayRequest,
  name: string,
): Promise<WebsiteConfiguration | Refusal> {
  try {
    const found = await findBucket(ports, name, false);
    if (found === undefined || isRefusal(found)) return found ?? refuse("NoSuchBucket");
    // "You can't use a Requester Pays bucket as a website endpoint": nobody who is not known can pay.
    return found.bucket.requesterPays ? refuse("AccessDenied") : await websiteOf(found.bucket, nextTurn);
  } catch (error) {
    const { refusal, log: isFault } = faultToRefusal(error, "s3");
    if (isFault) log.fault(requestId, error);
    return refusal;
  }
}

/**
 * Gives a reply to `take` while the gate waits for it, because the bytes of an object are read while they are sent. A refusal comes back
 * when the gate has let go of the request, so that a visit never holds two places of its caller.
 */
async function ask(
  { gate }: VisitParts,
  request: GatewayRequest,
  route: S3Route,
  take: (answer: Answer, reply: Reply) => Promise<void>,
): Promise<(Answer & { readonly outcome: Refusal }) | undefined> {
  let refused: (Answer & { readonly outcome: Refusal }) | undefined;
  await gate.serve({ ...request }, route, async (answer) => {
    const { outcome } = answer;
    if (outcome.kind === "reply") await take(answer, outcome);
    else if (outcome.kind === "refusal") refused = { ...answer, outcome };
    else throw new Error("S3 answered as another service");
  });
  return refused;
}

/** A range of a page, or a condition on it, is not one of the page for errors. */
function withoutConditions(request: GatewayRequest): GatewayRequest {
  const headers = new Map([...request.headers].filter(([name]) => name !== "range" && !name.startsWith("if-")));
  return { ...request, headers };
}

/** Bytes that nobody wants: what reads them is closed when the reading is left. */
async function dropBody({ body }: Reply): Promise<void> {
  if (body.kind !== "stream") return;
  for await (const _chunk of body.chunks) return;
}
