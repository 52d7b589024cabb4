import type { LocalKey } from "../domain/keyring/kms-keys.ts";
import type { TlsPair } from "../http/server.ts";
import type { NewMessage } from "../notifications/event-message.ts";
import type { PermittedTarget } from "../notifications/notifier.ts";
import type { LogPlace } from "../ports/access-log.ts";
import type { NewEvent } from "../ports/event-store.ts";
import type { CredentialReports } from "../ports/last-used.ts";
import type { AnalysisAnswers, AnalysisQuestion } from "../ports/policy-analysis.ts";
import type { Metric } from "../telemetry/samples.ts";
import type { SentWrite, WriteResult } from "../stores/sqlite/writer-protocol.ts";
import type { Config, UpstreamsSettings } from "./config.ts";
import type { Listening, TlsPairs } from "./listeners.ts";

/** What a worker asks of the primary, which holds the data folder. */
export interface PrimaryApi {
  /** Resolves when the change is on the disk. */
  write(database: "directory" | "objects" | "record", write: SentWrite): Promise<WriteResult>;
  addReads(events: readonly NewEvent[], now: number): Promise<void>;
  flushReads(): Promise<void>;
  appendData(accountId: string, lines: Uint8Array): Promise<void>;
  notify(messages: readonly NewMessage[]): Promise<void>;
  appendAccessLog(place: LogPlace, lines: Uint8Array): Promise<void>;
  analyze(asker: string, question: AnalysisQuestion): Promise<AnalysisAnswers[AnalysisQuestion["kind"]]>;
  settledScans(accountId: string): Promise<number>;
  generateReport: CredentialReports["generate"];
  findReport: CredentialReports["find"];
}

/** A configuration as data: the ranges of proxies are texts. */
export interface SentConfig extends Omit<Config, "trustedProxies"> {
  readonly trustedProxies: readonly string[];
}

/** What a worker needs to join the data folder. */
export interface Invitation {
  readonly writerId: string;
  readonly accountId: string;
  readonly keyFile: Buffer;
  readonly localKeys: readonly LocalKey[];
  readonly upstreams: UpstreamsSettings | undefined;
  /** Undefined: there are no targets. */
  readonly targets: readonly PermittedTarget[] | undefined;
}

/** What the primary asks of a worker, in this order. */
export interface WorkerApi {
  listen(config: SentConfig, tls: TlsPairs): Promise<Listening>;
  serve(invitation: Invitation): Promise<void>;
  setTls(address: keyof TlsPairs, pair: TlsPair): Promise<void>;
  /** Those of the versions that it does not read, and does not begin to read until `release`. */
  claim(versions: readonly number[]): Promise<readonly number[]>;
  release(): Promise<void>;
  /** The record keeps these policy documents no longer. */
  forgotten(hashes: readonly string[]): Promise<void>;
  /** Counted since the start; nothing when the gateway is not watched. */
  metrics(): Promise<readonly Metric[]>;
  /** Each connection ends after its next answer. */
  endConnections(): Promise<void>;
  /** Lets requests under way finish. */
  stop(): Promise<void>;
}
