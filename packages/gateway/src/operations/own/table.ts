import type { OwnOperationName } from "../../ports/operation-name.ts";
import type { JsonOperation } from "../operation.ts";
import { adoptBucket, releaseBucket } from "./adopted-buckets.ts";
import { describeBucketMove, endBucketMove, moveBucket } from "./bucket-moves.ts";
import { describeKeyring, rotateKeyring } from "./keyring.ts";
import { getAccountQuota, getBucketQuota, putAccountQuota, putBucketQuota } from "./quotas.ts";
import { listSessions, revokeSessions } from "./sessions.ts";

export const ownOperations: Readonly<Record<OwnOperationName, JsonOperation>> = {
  AdoptBucket: adoptBucket,
  DescribeBucketMove: describeBucketMove,
  DescribeKeyring: describeKeyring,
  EndBucketMove: endBucketMove,
  GetAccountQuota: getAccountQuota,
  GetBucketQuota: getBucketQuota,
  ListSessions: listSessions,
  MoveBucket: moveBucket,
  PutAccountQuota: putAccountQuota,
  PutBucketQuota: putBucketQuota,
  ReleaseBucket: releaseBucket,
  RevokeSessions: revokeSessions,
  RotateKeyring: rotateKeyring,
};
