import type { AnalyzerStore, ScanProgress } from "./analyzer-store.ts";
import type { SealedTexts } from "./sealed-texts.ts";
import type { BucketHomes } from "./bucket-homes.ts";
import type { BucketMoves } from "./bucket-moves.ts";
import type { BucketRegistry } from "./bucket-registry.ts";
import type { Clock } from "./clock.ts";
import type { DataPlane } from "./data-plane.ts";
import type { DataEventReader, EventStore } from "./event-store.ts";
import type { InventoryStore } from "./inventory.ts";
import type { KeyringControl } from "./keyring-control.ts";
import type { IdentityStore } from "./identity.ts";
import type { Ids } from "./ids.ts";
import type { KmsKeys } from "./kms-keys.ts";
import type { Notifications } from "./notifications.ts";
import type { OidcProviderStore } from "./oidc-provider-store.ts";
import type { OrganizationStore } from "./organization-store.ts";
import type { PolicyAnalysis } from "./policy-analysis.ts";
import type { Quotas } from "./quotas.ts";
import type { PrincipalDirectory } from "./principal-directory.ts";
import type { CredentialReports } from "./last-used.ts";
import type { SharedCounters } from "./shared-counters.ts";
import type { SessionIssuer, SessionList } from "./session-issuer.ts";
import type { WebIdentityTokens } from "./web-identity.ts";

/** Everything an operation may reach. */
export interface Ports {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly region: string;
  readonly buckets: BucketRegistry;
  readonly objects: DataPlane;
  readonly inventories: InventoryStore;
  readonly homes: BucketHomes;
  readonly moves: BucketMoves;
  /** Undefined: the gateway keeps no objects itself. */
  readonly quotas: Quotas | undefined;
  /** Requests that one caller may begin in a second; undefined: no limit. */
  readonly maxRatePerCaller?: number | undefined;
  readonly events: Pick<EventStore, "lookup" | "documents">;
  readonly dataEvents: DataEventReader;
  /** When this process began to record every call on objects, ms since the epoch; absent when it records denied ones alone. */
  readonly allDataSince?: number;
  readonly identity: IdentityStore;
  readonly oidcProviders: OidcProviderStore;
  readonly webIdentity: WebIdentityTokens;
  readonly organization: OrganizationStore;
  readonly principals: PrincipalDirectory;
  readonly counters: SharedCounters;
  readonly reports: CredentialReports;
  readonly sessions: SessionIssuer & SessionList;
  /** Explanations of denials: their caller carries them to somebody of the account, which is their subject, who may read them. */
  readonly messages: SealedTexts;
  readonly analysis: PolicyAnalysis;
  readonly analyzers: AnalyzerStore;
  readonly scans: ScanProgress;
  readonly keyring: KeyringControl;
  readonly kmsKeys: KmsKeys;
  /** Where browsers find the website of a bucket; undefined: websites are not served. */
  readonly websiteUrl?: ((bucket: string) => string) | undefined;
  /** SSE-S3 is the default of every bucket that sets none. */
  readonly encryptsByDefault: boolean;
  /** Undefined: the operator names no targets, so no events are published. */
  readonly notifications?: Notifications | undefined;
}
