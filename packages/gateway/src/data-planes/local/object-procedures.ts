import { loadChecksums } from "@s3-credentials/protocol";
import { type StoreIdentity, storeIdentityChange, storeIdentityValues } from "../../stores/sql/store-identity.ts";
import type { Writer } from "../../stores/sqlite/connection.ts";
import type { Database } from "../../stores/sqlite/database.ts";
import type { AnyProcedures } from "../../stores/sql/database.ts";
import { closeBucket, deleteVersion } from "./delete-procedures.ts";
import { collect, registerWriter, forgetCompletedUploads, forgetFiles, markSwept } from "./collect.ts";
import { abortUpload, completeUpload, createUpload, putPart } from "./upload-procedures.ts";
import { addMasterKey } from "./data-keys.ts";
import { openBuckets, setAccountLimits, setBucketLimits } from "./quota-rows.ts";
import { putVersion, changeVersion } from "./write-version.ts";

// For the composites of uploads.
await loadChecksums();

/** Everything that changes objects.db; loaded by its writer thread. */
export const procedures = {
  putVersion,
  changeVersion,
  deleteVersion,
  createUpload,
  putPart,
  completeUpload,
  abortUpload,
  openBuckets,
  setBucketLimits,
  setAccountLimits,
  closeBucket,
  collect,
  forgetFiles,
  forgetCompletedUploads,
  registerWriter,
  markSwept,
  setStoreIdentity: (writer: Writer, identity: StoreIdentity): void =>
    void writer.run(storeIdentityChange, storeIdentityValues(identity)),
  addMasterKey,
} as const satisfies AnyProcedures;

/** objects.db. */
export type ObjectIndex = Database<typeof procedures>;
