import { type ComponentProps, lazy, type ReactNode, Suspense } from "react";
import type { PolicyEditor as Editor } from "./policy-editor.tsx";

const Loaded = lazy(async () => ({ default: (await import("./policy-editor.tsx")).PolicyEditor }));

/** The policy editor for pages that show it on demand: they do not wait for it. */
export function PolicyEditor(props: ComponentProps<typeof Editor>): ReactNode {
  return (
    <Suspense fallback={<div className="editor editor-loading" role="status" aria-label="Loading the editor" />}>
      <Loaded {...props} />
    </Suspense>
  );
}
