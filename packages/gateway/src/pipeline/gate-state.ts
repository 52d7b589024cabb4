import type { Authentication } from "../authn/authenticate.ts";
import type { BucketPolicies } from "../authz/bucket-policies.ts";
import type { PolicyPrograms } from "../authz/policy-programs.ts";
import type { JsonService } from "../operations/json/json-services.ts";
import type { IamOperationName, S3OperationName, StsOperationName } from "../ports/operation-name.ts";
import type { JsonRow, QueryRow, S3Row } from "../operations/table.ts";
import type { Ports } from "../ports/ports.ts";
import type { UsageNotes } from "../ports/last-used.ts";
import type { RequestLog } from "../ports/request-log.ts";
import type { Tracing } from "../ports/tracing.ts";
import type { TimeBudget } from "../ports/time-budget.ts";
import type { Recorder } from "../record/recorder.ts";
import type { CallerLimits } from "./caller-limits.ts";
import type { LargeBodies } from "./large-bodies.ts";
import type { ObjectTurns } from "./object-turns.ts";
import type { RateLimit } from "./rate-limit.ts";

export interface Tables extends Readonly<Record<JsonService, Readonly<Record<string, JsonRow>>>> {
  readonly s3: Readonly<Record<S3OperationName, S3Row>>;
  readonly iam: Readonly<Record<IamOperationName, QueryRow>>;
  readonly sts: Readonly<Record<StsOperationName, QueryRow>>;
}

export interface GateParts {
  readonly ports: Ports;
  readonly programs: PolicyPrograms;
  readonly time: TimeBudget;
  readonly tables: Tables;
  /** Only signatures for the gateway's own region. */
  readonly strictRegion: boolean;
  /** Gets the uses of keys and roles. */
  readonly usage?: UsageNotes;
  /** How many requests of one caller run at a time. */
  readonly maxRequestsPerCaller: number;
  /** Requests that one caller may begin in a second; undefined: as many as it likes. */
  readonly maxRatePerCaller?: number | undefined;
  /** Processes of the gateway that have a gate; default: 1. */
  readonly workers?: number;
  /** Undefined: nobody collects traces. */
  readonly tracing?: Tracing | undefined;
  readonly log: Pick<RequestLog, "fault">;
  readonly record: Pick<Recorder, "portsFor" | "finish">;
}

/** What every request of a gateway shares. */
export interface GateState extends GateParts {
  readonly authentication: Authentication;
  readonly policies: BucketPolicies;
  readonly largeBodies: LargeBodies;
  readonly callers: CallerLimits;
  readonly turns: ObjectTurns;
  readonly rate: RateLimit | undefined;
}
