import { type ComponentProps, lazy, type ReactNode, Suspense } from "react";
import type { DiffView as Diff } from "./diff-view.tsx";

const Loaded = lazy(async () => ({ default: (await import("./diff-view.tsx")).DiffView }));

/** What changed between two documents, for pages that show it on demand. */
export function DiffView(props: ComponentProps<typeof Diff>): ReactNode {
  return (
    <Suspense fallback={<div className="editor editor-loading" role="status" aria-label="Loading the comparison" />}>
      <Loaded {...props} />
    </Suspense>
  );
}
