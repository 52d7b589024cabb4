import { type ComponentType, lazy, type ReactNode, Suspense } from "react";

/** Deciding takes the policy engine, which is loaded when a tab that decides is opened. */
function onDemand<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => ReactNode {
  const Loaded = lazy(async () => ({ default: await load() }));
  return (props) => (
    <Suspense fallback={<div className="editor editor-loading" role="status" aria-label="Loading" />}>
      <Loaded {...props} />
    </Suspense>
  );
}

export const BucketAccessMap = onDemand(async () => (await import("./map/access-map.tsx")).BucketAccessMap);
export const CanOf = onDemand(async () => (await import("./can/can-of.tsx")).CanOf);
export const CanOfNewUser = onDemand(async () => (await import("./can/can-of-new-user.tsx")).CanOfNewUser);
