import type { OperationName } from "../ports/operation-name.ts";
import type { RequestLine, RequestLog } from "../ports/request-log.ts";
import { Histogram } from "./histogram.ts";
import { histograms, metric, type Metric } from "./samples.ts";

/** Plain numbers, because a library's counter takes longer to find its labels than a request has to spare. */
class OperationCounts {
  /** By the first digit of the status. */
  readonly statuses = new Float64Array(6);
  readonly duration = new Histogram();
  received = 0;
  sent = 0;
}

/** How often each of a few names came. */
class NameCounts {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  map<T>(of: (name: string, count: number) => T): readonly T[] {
    return [...this.#counts].map(([name, count]) => of(name, count));
  }
}

/** The codes with which a request is refused before its sender is known. */
const authenticationCodes: ReadonlySet<string | undefined> = new Set([
  "AccessDenied",
  "AuthorizationHeaderMalformed",
  "AuthorizationQueryParametersError",
  "ExpiredToken",
  "ExpiredTokenException",
  "IDPCommunicationError",
  "IDPRejectedClaim",
  "IncompleteSignature",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidIdentityToken",
  "InvalidToken",
  "MissingAuthenticationToken",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
  "SignInFailed",
]);

const issuing: ReadonlySet<string | undefined> = new Set([
  "AssumeRole",
  "AssumeRoleWithWebIdentity",
  "GetFederationToken",
  "GetSessionToken",
] satisfies OperationName[]);

const revoking: ReadonlySet<string | undefined> = new Set([
  "DeleteAccessKey",
  "DeleteLoginProfile",
  "DeleteUser",
  "RevokeSessions",
  "UpdateAccessKey",
] satisfies OperationName[]);

/**
 * Counts what the log says of each request, and nothing else, so a number and the lines that make it are never two stories. INVARIANT: of
 * a line only names from tables become labels.
 */
export class RequestMetrics {
  readonly #services = new Map<string | undefined, Map<string | undefined, OperationCounts>>();
  /** By service. */
  readonly #errors = new Map<string, NameCounts>();
  /** By layer. */
  readonly #denials = new Map<string, NameCounts>();
  readonly #failures = new NameCounts();
  readonly #issued = new NameCounts();
  readonly #revoked = new NameCounts();
  readonly #jobs = new NameCounts();
  #faults = 0;

  count(line: RequestLine): void {
    const { service, operation, status, code, decision } = line;
    const counts = this.#countsOf(service, operation);
    const statusClass = Math.trunc(status / 100);
    counts.statuses[statusClass] = (counts.statuses[statusClass] ?? 0) + 1;
    counts.duration.observe(line.ms);
    counts.received += line.received;
    counts.sent += line.sent;
    if (code !== undefined) this.#countError(line, code);
    else if (issuing.has(operation)) this.#issued.add(operation ?? "");
    else if (revoking.has(operation)) this.#revoked.add(operation ?? "");
    if (decision?.allowed === false) countsIn(this.#denials, decision.layer).add(decision.reason);
  }

  /** The same log, which is counted too. */
  counted(log: RequestLog): RequestLog {
    return {
      ...log,
      request: (line) => {
        this.count(line);
        log.request(line);
      },
      fault: (requestId, error) => {
        this.#faults += 1;
        log.fault(requestId, error);
      },
      jobFailed: (job, error) => {
        this.#jobs.add(job);
        log.jobFailed(job, error);
      },
    };
  }

  metrics(): readonly Metric[] {
    const all = [...this.#services].flatMap(([service = "", operations]) =>
      [...operations].map(([operation = "", counts]) => ({ labels: { service, operation }, counts })),
    );
    return [
      metric(
        "s3_credentials_requests_total",
        all.flatMap(({ labels, counts }) =>
          Array.from(counts.statuses, (value, digit) => ({
            value,
            labels: { ...labels, status: `${digit}xx` },
          })).filter(({ value }) => value > 0),
        ),
      ),
      histograms(
        "s3_credentials_request_duration_seconds",
        all.map(({ labels, counts }) => ({ labels, histogram: counts.duration })),
      ),
      metric(
        "s3_credentials_received_bytes_total",
        all.map(({ labels, counts }) => ({ labels, value: counts.received })),
      ),
      metric(
        "s3_credentials_sent_bytes_total",
        all.map(({ labels, counts }) => ({ labels, value: counts.sent })),
      ),
      metric(
        "s3_credentials_errors_total",
        [...this.#errors].flatMap(([service, codes]) =>
          codes.map((code, value) => ({ labels: { service, code }, value })),
        ),
      ),
      metric(
        "s3_credentials_denials_total",
        [...this.#denials].flatMap(([layer, reasons]) =>
          reasons.map((reason, value) => ({ labels: { layer, reason }, value })),
        ),
      ),
      metric(
        "s3_credentials_authentication_failures_total",
        this.#failures.map((reason, value) => ({ labels: { reason }, value })),
      ),
      metric(
        "s3_credentials_sessions_issued_total",
        this.#issued.map((operation, value) => ({ labels: { operation }, value })),
      ),
      metric(
        "s3_credentials_revocations_total",
        this.#revoked.map((operation, value) => ({ labels: { operation }, value })),
      ),
      metric(
        "s3_credentials_jobs_failed_total",
        this.#jobs.map((job, value) => ({ labels: { job }, value })),
      ),
      metric("s3_credentials_faults_total", [{ labels: {}, value: this.#faults }]),
    ];
  }

  #countsOf(service: string | undefined, operation: string | undefined): OperationCounts {
    let operations = this.#services.get(service);
    if (operations === undefined)
      this.#services.set(service, (operations = new Map<string | undefined, OperationCounts>()));
    let counts = operations.get(operation);
    if (counts === undefined) operations.set(operation, (counts = new OperationCounts()));
    return counts;
  }

  #countError({ service = "", principal, decision }: RequestLine, code: string): void {
    countsIn(this.#errors, service).add(code);
    if (principal === undefined && decision === undefined && authenticationCodes.has(code)) this.#failures.add(code);
  }
}

function countsIn(all: Map<string, NameCounts>, name: string): NameCounts {
  let counts = all.get(name);
  if (counts === undefined) all.set(name, (counts = new NameCounts()));
  return counts;
}
