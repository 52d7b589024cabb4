import type { ReactNode } from "react";
import { CodeEditor, type CodeEditorProps } from "./code-editor.tsx";
import { completePolicy } from "./completion.ts";

/** The editor with what it completes: a part of its own, because it is as large as a page. */
export function JsonEditor(props: Omit<CodeEditorProps, "complete">): ReactNode {
  return <CodeEditor {...props} complete={completePolicy} />;
}
