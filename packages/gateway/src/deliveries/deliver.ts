import { randomBytes } from "node:crypto";
import { authorizeDelivery } from "../authz/authorize-delivery.ts";
import { type BucketPolicies, createBucketPolicies } from "../authz/bucket-policies.ts";
import { digestedBody } from "../data-planes/local/write-body.ts";
import { isRefusal, type Refusal, refuse } from "../operations/operation.ts";
import { publishVersionEvent } from "../operations/s3/object-events.ts";
import { readPut, writePut } from "../operations/s3/put-object.ts";
import { faultToRefusal } from "../pipeline/faults.ts";
import type { BucketRecord } from "../ports/bucket-registry.ts";
import type { Grant } from "../ports/grant.ts";
import type { ObjectVersion } from "../ports/object-version.ts";
import type { Ports } from "../ports/ports.ts";
import type { ResourceAccount } from "../ports/principal-directory.ts";
import type { TimeBudget } from "../ports/time-budget.ts";
import type { DataEvents } from "../record/recorder.ts";
import { serviceEvent } from "../record/service-event.ts";

export interface DeliverParts {
  readonly ports: Pick<
    Ports,
    | "buckets"
    | "clock"
    | "encryptsByDefault"
    | "identity"
    | "kmsKeys"
    | "notifications"
    | "objects"
    | "principals"
    | "region"
  >;
  readonly time: TimeBudget;
  readonly events: DataEvents;
}

/** An object that a service writes into a bucket, because another bucket is configured so. */
export interface NewDelivery {
  /** `logging.s3.amazonaws.com`. */
  readonly service: string;
  readonly source: BucketRecord;
  /** The name of a bucket. */
  readonly target: string;
  /** Whose the target has to be; undefined: anybody's. */
  readonly owner: string | undefined;
  readonly key: string;
  readonly body: Buffer;
  /** Of PutObject; lower case. Those of ACLs are read by policies alone: what is delivered belongs to the owner of the bucket. */
  readonly headers: ReadonlyMap<string, string>;
}

/** What the services of the gateway have written, or could not, since the start. */
export interface DeliveryCounts {
  readonly delivered: number;
  readonly refused: number;
}

/**
 * Writes objects for the services of the gateway as a client would: decided by the policies of the bucket each time, with its encryption, its
 * versioning and its limits, and with a data event of the bucket's account, when it was refused too.
 */
export class Deliverer {
  readonly #parts: DeliverParts;
  readonly #policies: BucketPolicies = createBucketPolicies();
  readonly #counts = new Map<string, { delivered: number; refused: number }>();
  readonly #stop = new AbortController();

  constructor(parts: DeliverParts) {
    this.#parts = parts;
  }

  /** By service. */
  get counts(): ReadonlyMap<string, DeliveryCounts> {
    return this.#counts;
  }

  stop(): void {
    this.#stop.abort();
  }

  /** What is decided before anything is made; `body` does not count. A refusal is counted and recorded as that of a write. */
  async refusalOf(delivery: NewDelivery): Promise<Refusal | undefined> {
    const outcome = await this.#carryOut(delivery, false, async () => undefined);
    return isRefusal(outcome) ? outcome : undefined;
  }

  /** `isRepeated`: it was refused before, which the record says already. */
  async deliver(delivery: NewDelivery, { isRepeated = false } = {}): Promise<ObjectVersion | Refusal> {
    return this.#carryOut(delivery, isRepeated, (grant, target) => this.#store(grant, delivery, target));
  }

  /** `act`: what is done with the grant; undefined: nothing, which is neither counted nor recorded. */
  async #carryOut<Done extends ObjectVersion | undefined>(
    delivery: NewDelivery,
    isRepeated: boolean,
    act: (grant: Grant, target: BucketRecord) => Promise<Done | Refusal>,
  ): Promise<Done | Refusal> {
    const target = await this.#parts.ports.buckets.find(delivery.target);
    const isUsable = target?.state === "active" && (delivery.owner ?? target.owner) === target.owner;
    const outcome = isUsable ? await this.#tryTo(delivery, target, act) : refuse("NoSuchBucket");
    if (outcome === undefined) return outcome;
    const counts = this.#counts.get(delivery.service) ?? { delivered: 0, refused: 0 };
    this.#counts.set(delivery.service, counts);
    counts[isRefusal(outcome) ? "refused" : "delivered"] += 1;
    if (isUsable && !(isRefusal(outcome) && isRepeated)) this.#record(delivery, target, outcome);
    return outcome;
  }

  async #tryTo<Done>(
    delivery: NewDelivery,
    target: BucketRecord,
    act: (grant: Grant, target: BucketRecord) => Promise<Done | Refusal>,
  ): Promise<Done | Refusal> {
    try {
      const grant = await this.#decide(delivery, target);
      return isRefusal(grant) ? grant : await act(grant, target);
    } catch (error) {
      const { refusal, log } = faultToRefusal(error, "s3");
      if (log && refusal.code === "InternalError") throw error;
      return refusal;
    }
  }

  async #decide({ service, source, key, headers }: NewDelivery, target: BucketRecord): Promise<Grant | Refusal> {
    const { ports, time } = this.#parts;
    const accounts = new Map<string, ResourceAccount>();
    for (const owner of new Set([source.owner, target.owner])) {
      const account = await ports.principals.resourceAccount(owner);
      if (account?.closed === true) return refuse("AllAccessDisabled");
      if (account !== undefined) accounts.set(owner, account);
    }
    const { signal } = this.#stop;
    const { outcome } = await authorizeDelivery(
      { service, source, target, key, headers },
      {
        accounts,
        kmsKeys: ports.kmsKeys,
        region: ports.region,
        now: ports.clock.now(),
        policies: this.#policies,
        time: time.of(`delivery ${source.owner}`, signal),
        signal,
        requestId: randomBytes(8).toString("hex").toUpperCase(),
      },
    );
    return outcome;
  }

  async #store(
    grant: Grant,
    { service, key, body, headers }: NewDelivery,
    target: BucketRecord,
  ): Promise<ObjectVersion | Refusal> {
    const { ports } = this.#parts;
    const input = readPut({ headers: withoutAcl(headers), query: new Map(), secure: true });
    if (isRefusal(input)) return input;
    const written = await writePut(grant, input, {
      ports,
      bucket: target,
      key,
      now: ports.clock.now(),
      principal: grant.principal,
      seen: {},
      mayList: async () => false,
      body: digestedBody(once(body), body.length, "CRC64NVME"),
    });
    if (isRefusal(written)) return written;
    const { principal, requestId } = grant;
    const cause = { bucket: target, ports, caller: { principal }, requestId, sourceIp: service };
    await publishVersionEvent(cause, "ObjectCreated:Put", written);
    return written;
  }

  /** INVARIANT: what others have refused here is in the daily share of outsiders, or they could push out all events of the account. */
  #record({ service, source, key }: NewDelivery, bucket: BucketRecord, outcome: ObjectVersion | Refusal): void {
    const { events, ports } = this.#parts;
    const deed = {
      service,
      eventName: "PutObject",
      bucket,
      key,
      responseElements: isRefusal(outcome) ? null : { "x-amz-version-id": outcome.versionId },
      additionalEventData: { sourceBucket: source.name },
      ...(isRefusal(outcome) ? { errorCode: outcome.code, errorMessage: outcome.message } : {}),
    };
    const line = serviceEvent(deed, ports.clock.now(), ports.region).trimEnd();
    const isOutsider = isRefusal(outcome) && source.owner !== bucket.owner;
    events.add(bucket.owner, line, isOutsider ? "outsider" : undefined);
  }
}

function withoutAcl(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...headers].filter(([name]) => name !== "x-amz-acl"));
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
