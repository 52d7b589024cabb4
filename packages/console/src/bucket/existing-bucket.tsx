import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { CallError } from "../api/call.ts";
import { Failure } from "../shell/failure.tsx";

/**
 * The sections of a tab, or one message for all of them when there is no such bucket. `first`: what one of the sections reads too, so
 * that nothing is asked that a person may not have the right to. The sections do not wait for it: mounted after it failed, they would
 * ask again, and go again meanwhile.
 */
export function ExistingBucket(props: {
  readonly bucket: string;
  readonly first: UseQueryResult;
  readonly children: ReactNode;
}): ReactNode {
  const { bucket, first, children } = props;
  const isMissing = first.error instanceof CallError && first.error.code === "NoSuchBucket";
  return isMissing ? <Failure error={first.error} task={`open ${bucket}`} /> : children;
}
