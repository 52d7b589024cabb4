import { json } from "@codemirror/lang-json";
import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { type ReactNode, useEffect, useRef } from "react";
import { useMedia } from "../shell/use-media.ts";
import { editorLook } from "./code-editor.tsx";

/** Two texts beside each other need this much room. */
const wide = "(min-width: 1100px)";

/** What changed between two documents: one text, with what went and what came; or, where there is room, both beside each other. */
export function DiffView(props: {
  readonly before: string;
  readonly after: string;
  readonly sideBySide?: boolean;
}): ReactNode {
  const { before, after, sideBySide = false } = props;
  const host = useRef<HTMLDivElement>(null);
  const isWide = useMedia(wide) && sideBySide;
  useEffect(() => {
    const place = host.current;
    if (place === null) return undefined;
    const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
    const view = isWide ? twoTexts(root, before, after) : oneText(root, before, after);
    return () => view.destroy();
  }, [before, after, isWide]);
  return before === after ? <p>Both documents are the same.</p> : <div ref={host} className="editor" />;
}

const look = (label: string): Extension => [
  lineNumbers(),
  json(),
  editorLook,
  EditorState.readOnly.of(true),
  EditorView.lineWrapping,
  // A text that only scrolls is reached by the keyboard too.
  EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
];

function oneText(root: ShadowRoot, before: string, after: string): EditorView {
  const changes = unifiedMergeView({ original: before, mergeControls: false, gutter: true });
  return new EditorView({
    root,
    parent: root,
    state: EditorState.create({ doc: after, extensions: [look("Changes"), changes] }),
  });
}

function twoTexts(root: ShadowRoot, before: string, after: string): MergeView {
  return new MergeView({
    root,
    parent: root,
    a: { doc: before, extensions: look("Text before") },
    b: { doc: after, extensions: look("Text after") },
  });
}
