import {
  autocompletion,
  type CompletionSource,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef } from "react";
import { signName } from "../shell/format.ts";
import type { TextProblem } from "./problem.ts";

export interface CodeEditorProps {
  readonly value: string;
  readonly label: string;
  readonly problems: readonly TextProblem[];
  readonly complete?: CompletionSource;
  /** Moves the cursor there, each time the object is another. */
  readonly goTo?: { readonly offset: number } | undefined;
  readonly readOnly?: boolean;
  readonly onChange?: (value: string) => void;
}

/**
 * A JSON editor. CodeMirror makes its style sheets itself; in a shadow root they are adopted sheets, which the content security policy
 * allows, and not `<style>` elements, which it refuses.
 */
export function CodeEditor(props: CodeEditorProps): ReactNode {
  const { value, label, problems, complete, goTo, readOnly = false, onChange } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const changed = useRef(onChange);
  changed.current = onChange;
  const first = useRef(value);

  useEffect(() => {
    const place = host.current;
    if (place === null) return undefined;
    const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({ doc: first.current, extensions: extensionsOf(label, readOnly, complete, changed) }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = undefined;
    };
  }, [label, readOnly, complete]);

  // INVARIANT: in the turn in which it was rendered. Later, it would undo what was typed meanwhile.
  useLayoutEffect(() => {
    first.current = value;
    const editor = view.current;
    if (editor === undefined || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const length = editor.state.doc.length;
    const marks = problems.map(({ start, end, severity, message }): Diagnostic => {
      const from = Math.min(start, length);
      return { from, to: Math.max(from, Math.min(end, length)), severity, message };
    });
    editor.dispatch(setDiagnostics(editor.state, marks));
  }, [problems, value]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || goTo === undefined) return;
    editor.dispatch({ selection: { anchor: Math.min(goTo.offset, editor.state.doc.length) }, scrollIntoView: true });
    editor.focus();
  }, [goTo]);

  return <div ref={host} className="editor" onKeyDown={keepEscape} />;
}

/** In the editor, Escape closes what it suggests, and not the dialog around it with all that was typed. */
function keepEscape(event: KeyboardEvent): void {
  if (event.key === "Escape") event.stopPropagation();
}

function extensionsOf(
  label: string,
  readOnly: boolean,
  complete: CompletionSource | undefined,
  changed: { readonly current: ((value: string) => void) | undefined },
): Extension {
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    ...(complete === undefined ? [] : [autocompletion({ override: [complete], icons: false })]),
    json(),
    editorLook,
    EditorState.readOnly.of(readOnly),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
    // Tab leaves the editor: who works by keyboard is never caught in it.
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed.current?.(update.state.doc.toString());
    }),
  ];
}

const colors = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--code-name)" },
  { tag: tags.string, color: "var(--code-text)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-value)" },
]);

/** Custom properties reach into the shadow root, so the page's theme is the editor's. */
const theme = EditorView.theme({
  "&": { fontSize: "13px", color: "var(--text)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: 'Menlo, Consolas, "DejaVu Sans Mono", monospace',
    lineHeight: "20px",
    minHeight: "240px",
    maxHeight: "56vh",
  },
  ".cm-content": { caretColor: "var(--text)", padding: "10px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": {
    backgroundColor: "var(--code)",
    color: "var(--soft)",
    border: "none",
    borderRight: "1px solid var(--line)",
  },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 10px 0 14px" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": { backgroundColor: "var(--selection) !important" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selection)" },
  ".cm-lintRange": { backgroundImage: "none", paddingBottom: "0" },
  ".cm-lintRange-error": { textDecoration: "underline wavy var(--danger)", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { textDecoration: "underline wavy var(--warn)", textUnderlineOffset: "3px" },
  ".cm-lintRange-info": { textDecoration: "underline dotted var(--accent)", textUnderlineOffset: "3px" },
  ".cm-lintPoint:after": { borderBottomColor: "var(--danger)" },
  // The colours of the language are too weak on the red of what went.
  ".cm-specialChar": { color: "var(--danger)" },
  ".cm-deletedText, .cm-deletedText *": { color: "var(--text)" },
  ".cm-tooltip": {
    backgroundColor: "var(--ground)",
    color: "var(--text)",
    border: "1px solid var(--line)",
    borderRadius: "8px",
    overflow: "hidden",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxHeight: "240px" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 10px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--ground)" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: "0.75", marginLeft: "12px" },
  ".cm-diagnostic": { padding: "6px 10px", borderLeft: "3px solid var(--danger)" },
});

/** A policy must not read otherwise than it is: signs that cannot be seen, or turn the text after them, are written out. */
const hiddenSigns = highlightSpecialChars({
  addSpecialChars: /\p{Cf}|(?! )\p{Zs}/u,
  render: (code, description) => {
    const shown = document.createElement("span");
    shown.className = "cm-specialChar";
    shown.title = description ?? "";
    shown.textContent = signName(code);
    return shown;
  },
});

/** Colours, spaces and hidden signs of every editor of the page. */
export const editorLook: Extension = [theme, syntaxHighlighting(colors), hiddenSigns];
