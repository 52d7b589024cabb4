import type { ObjectMetadata, StoredChecksum } from "./object-version.ts";

export interface NewUpload {
  readonly key: string;
  /** ARN of the initiator, and the owning account. */
  readonly initiator: string;
  readonly owner: string;
  /** The id of the upload ends with it. */
  readonly idSuffix?: string;
  readonly metadata: ObjectMetadata;
  /** What the client asked for, when it did. */
  readonly checksum: Pick<StoredChecksum, "algorithm" | "type"> | undefined;
}

export interface Upload extends Omit<NewUpload, "idSuffix"> {
  readonly uploadId: string;
  readonly initiatedAt: number;
}

/** A part of an upload. */
export interface Part {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  /** Absent: the data plane does not keep the checksums of parts. */
  readonly checksum?: Pick<StoredChecksum, "algorithm" | "value">;
}

/** A part as a data plane keeps it that keeps the checksums of parts. */
export interface SummedPart extends Part {
  readonly checksum: NonNullable<Part["checksum"]>;
}
