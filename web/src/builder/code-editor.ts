// The code editor: CodeMirror with the page's own completion, and with errors at
// their line.
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { javascript, javascriptLanguage } from "@codemirror/lang-javascript";
import {
  HighlightStyle,
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { forceLinting, lintGutter, lintKeymap, linter } from "@codemirror/lint";
import type { Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState } from "@codemirror/state";
import type { Extension } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { offersAt } from "./completion.ts";
import type { CodeContext } from "./completion.ts";
import { check } from "./guard.ts";

export interface CodeEditorOptions {
  readonly context: () => CodeContext;
  readonly changed: (code: string) => void;
  /** What went wrong at lines of the shown code while it ran. */
  readonly ran: () => readonly { readonly line: number; readonly message: string }[];
}

/** Asks for the marks anew: what happened when it ran is not in the text. */
const ranAgain = Annotation.define<boolean>();

/** Marks what is put in from outside, which is no typing. */
const fromOutside = Annotation.define<boolean>();

const colours = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword, tags.self],
    color: "var(--code-keyword)",
  },
  { tag: [tags.string, tags.regexp, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName)],
    color: "var(--code-function)",
  },
  { tag: tags.invalid, color: "var(--end)" },
]);

const maximumCode = 65_536;

export class CodeEditor {
  readonly element = document.createElement("div");
  readonly #options: CodeEditorOptions;
  readonly #view: EditorView;
  readonly #extensions: Extension;
  /** Each action keeps its own undo and cursor. */
  readonly #states = new Map<string, EditorState>();
  #shown = "";
  #ran = "";

  constructor(options: CodeEditorOptions) {
    this.#options = options;
    this.element.className = "code-editor";
    this.#extensions = this.#configure();
    this.#view = new EditorView({ parent: this.element, state: this.#stateOf("") });
  }

  #stateOf = (code: string) => EditorState.create({ doc: code, extensions: this.#extensions });

  #configure(): Extension {
    return [
      lineNumbers(),
      highlightActiveLineGutter(),
      highlightSpecialChars(),
      history(),
      drawSelection(),
      indentUnit.of("  "),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      autocompletion({ activateOnTyping: true }),
      highlightActiveLine(),
      highlightSelectionMatches(),
      search({ top: true }),
      keymap.of([
        ...closeBracketsKeymap,
        ...defaultKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...completionKeymap,
        ...lintKeymap,
        indentWithTab,
      ]),
      javascript(),
      javascriptLanguage.data.of({ autocomplete: (context: CompletionContext) => this.#complete(context) }),
      syntaxHighlighting(colours),
      lintGutter(),
      linter((view) => this.#diagnostics(view), {
        delay: 300,
        needsRefresh: (update) => update.transactions.some((each) => each.annotation(ranAgain) === true),
      }),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({
        "aria-label": "Code of the action",
        "aria-describedby": "editor-help",
        spellcheck: "false",
      }),
      EditorState.changeFilter.of((transaction) => transaction.newDoc.length <= maximumCode),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        if (update.transactions.some((transaction) => transaction.annotation(fromOutside))) return;
        this.#options.changed(update.state.doc.toString());
      }),
    ];
  }

  #complete(context: CompletionContext): CompletionResult | null {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const found = offersAt(before, this.#options.context());
    if (!found) return null;
    return {
      from: line.from + found.from,
      options: found.offers.map(({ label, detail, info, type }) => ({
        label,
        type,
        ...(detail && { detail }),
        ...(info && { info }),
      })),
      validFor: /^[\w$-]*$/,
    };
  }

  #diagnostics(view: EditorView): Diagnostic[] {
    const { doc } = view.state;
    const found = check(doc.toString()).map(({ message, line, column }): Diagnostic => {
      const { from, to } = doc.line(Math.min(line, doc.lines));
      const start = Math.min(from + column, to);
      return { from: start, to: Math.min(start + 1, to), severity: "error", message };
    });
    for (const { line, message } of this.#options.ran()) {
      if (line > doc.lines) continue;
      const { from, to } = doc.line(line);
      found.push({ from, to, severity: "warning", message: `When it ran: ${message}` });
    }
    return found;
  }

  /** Shows an action's code; what is typed elsewhere, as by undo, replaces what is here. */
  show(action: string, code: string): void {
    if (action !== this.#shown) {
      if (this.#shown) this.#states.set(this.#shown, this.#view.state);
      this.#shown = action;
      this.#view.setState(this.#states.get(action) ?? this.#stateOf(code));
    }
    if (this.#view.state.doc.toString() !== code) {
      this.#view.dispatch({
        changes: { from: 0, to: this.#view.state.doc.length, insert: code },
        annotations: fromOutside.of(true),
      });
    }
    const ran = JSON.stringify(this.#options.ran());
    if (ran !== this.#ran) {
      this.#ran = ran;
      this.#view.dispatch({ annotations: ranAgain.of(true) });
      forceLinting(this.#view);
    }
  }

  /** Puts the cursor into a line, from 1. */
  goTo(line: number): void {
    const { doc } = this.#view.state;
    const { from } = doc.line(Math.max(1, Math.min(line, doc.lines)));
    this.#view.dispatch({
      selection: { anchor: from },
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
    this.#view.focus();
  }

  /** An action has another name now. */
  renamed(from: string, to: string): void {
    if (this.#shown === from) this.#shown = to;
    const state = this.#states.get(from);
    if (state) this.#states.set(to, state);
    this.#states.delete(from);
  }

  close(): void {
    this.#view.destroy();
  }
}
