import { type UseQueryResult, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useSyncExternalStore } from "react";
import { Failure, isMissing } from "../shell/failure.tsx";

/**
 * Whether the tab that is shown was told that there is no such bucket. The page asks for nothing itself: each tab reads what a person may
 * not have the right to read.
 */
export function useIsMissing(): boolean {
  const queries = useQueryClient().getQueryCache();
  const subscribe = useCallback((changed: () => void) => queries.subscribe(changed), [queries]);
  return useSyncExternalStore(
    subscribe,
    () => queries.findAll({ type: "active", predicate: ({ state }) => isMissing(state.error) }).length > 0,
  );
}

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
  return isMissing(first.error) ? <Failure error={first.error} task={`open ${bucket}`} /> : children;
}
