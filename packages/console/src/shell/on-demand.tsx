import { type ComponentType, lazy, type ReactNode, Suspense } from "react";

/** A part of a page whose code is loaded when it is opened. */
export function onDemand<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => ReactNode {
  const Loaded = lazy(async () => ({ default: await load() }));
  return (props) => (
    <Suspense fallback={<div className="editor editor-loading" role="status" aria-label="Loading" />}>
      <Loaded {...props} />
    </Suspense>
  );
}
