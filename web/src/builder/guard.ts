// Looks at the code of an action: what is not JavaScript is told with its line,
// and a preview runs it with a guard in every loop and function, so that what
// never ends can be stopped. A module of its own: previews load it, the rest of
// the builder they don't.
import { parse } from "acorn";
import type { Node, Options } from "acorn";
import { full } from "acorn-walk";

export interface CodeProblem {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 0. */
  readonly column: number;
}

/** The global function that guarded code calls, with the action's name and the line. */
export const guardName = "__guard";

const options: Options = {
  ecmaVersion: "latest",
  sourceType: "script",
  allowReturnOutsideFunction: true,
  allowAwaitOutsideFunction: true,
  locations: true,
};

interface AcornError {
  readonly message: string;
  readonly pos: number;
  readonly loc: { readonly line: number; readonly column: number };
}

const isAcornError = (error: unknown): error is AcornError => error instanceof SyntaxError && "loc" in error;

/** What the parser says, as a sentence. */
function inWords(message: string, code: string, position: number): string {
  const text = message.replace(/ \(\d+:\d+\)$/, "");
  if (text !== "Unexpected token") return text.endsWith(".") ? text : `${text}.`;
  const found = /^(?:[\w$]+|\s+|.)/su.exec(code.slice(position))?.[0].trim();
  return found
    ? `Unexpected “${found.slice(0, 40)}”. Look for a bracket, quote or comma that is missing before it.`
    : "The code ends too early. Look for a bracket or quote that is not closed.";
}

function problemIn(source: string, code: string, offset: number): CodeProblem | undefined {
  try {
    parse(source, options);
    return undefined;
  } catch (error) {
    if (!isAcornError(error)) throw error;
    const lines = code.split("\n");
    const line = Math.min(Math.max(1, error.loc.line - offset), lines.length);
    const column = Math.min(error.loc.column, lines[line - 1]?.length ?? 0);
    return { message: inWords(error.message, source, error.pos), line, column };
  }
}

/** The errors in the body of `async function (detail) { … }`: the first one, or none. */
export function check(code: string): CodeProblem[] {
  // Alone first: a bracket too many must not close what stands around the code.
  const problem = problemIn(code, code, 0) ?? problemIn(`(async function (detail) {\n${code}\n})`, code, 1);
  return problem ? [problem] : [];
}

interface Block extends Node {
  readonly body: readonly (Node & { readonly directive?: string })[];
}

const loops = /^(?:For|ForIn|ForOf|While|DoWhile)Statement$/;
const functions = /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/;

/**
 * The same code, on the same lines, in which every loop and every function calls
 * `__guard("name", line)` first. Code with errors comes back as it is.
 */
export function guarded(code: string, name: string): string {
  let program: Node;
  try {
    program = parse(code, options);
  } catch {
    return code;
  }
  const insertions: { readonly at: number; readonly text: string }[] = [];
  const put = (at: number, text: string) => insertions.push({ at, text });
  const guardBlock = (block: Block, call: string) => {
    // "use strict" and the like count only when they are first.
    const directive = block.body.filter((each) => each.directive !== undefined).at(-1);
    if (directive) put(directive.end, `;${call};`);
    else put(block.start + 1, `${call};`);
  };
  full(program, (node) => {
    const loop = loops.test(node.type);
    if (!loop && !functions.test(node.type)) return;
    const body = (node as unknown as { body: Node }).body;
    const line = node.loc?.start.line ?? 1;
    const call = `${guardName}(${JSON.stringify(name)},${line})`;
    if (body.type === "BlockStatement") guardBlock(body as Block, call);
    else if (loop) {
      put(body.start, `{${call};`);
      put(body.end, "}");
    } else {
      put(body.start, `(${call},`);
      put(body.end, ")");
    }
  });
  return insert(code, insertions);
}

function insert(code: string, insertions: { at: number; text: string }[]): string {
  let result = "";
  let done = 0;
  // The walk comes to inner nodes first, which is the order in which they close.
  for (const { at, text } of insertions.sort((a, b) => a.at - b.at)) {
    result += code.slice(done, at) + text;
    done = at;
  }
  return result + code.slice(done);
}
