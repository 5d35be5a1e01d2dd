// Edits of a page's functions and of names that stand in code: who is renamed is
// still found by those who name it.
import { parse } from "acorn";
import type { CallExpression, Literal, Node } from "acorn";
import { simple } from "acorn-walk";
import { allComponents, isDynamic, phoneEvents } from "../page/document.ts";
import type { Component, PageDocument, PageFunction } from "../page/document.ts";
import { changeComponent, setField } from "./document-edits.ts";

/** Actions that every page has: the page itself runs them. */
export const ownActions = ["mounted", "refresh"] as const;

export const isOwnAction = (name: string) => name === "mounted" || name === "refresh";

export const findFunction = (page: PageDocument, name: string) =>
  page.functions.find((each) => each.name === name);

/** The names of all actions, the page's own first, whether or not they have code. */
export const actionNames = (page: PageDocument): string[] => [
  ...ownActions,
  ...page.functions
    .filter(({ kind, name }) => kind === "action" && !isOwnAction(name))
    .map(({ name }) => name),
];

export function codeOf(page: PageDocument, name: string): string {
  const found = findFunction(page, name);
  return found?.kind === "action" ? found.code : "";
}

export function setCode(page: PageDocument, name: string, code: string): PageDocument {
  if (codeOf(page, name) === code && (findFunction(page, name) || code === "")) return page;
  return putFunction(page, { kind: "action", name, code });
}

/** Adds a function, or replaces the one with its name. */
export function putFunction(page: PageDocument, made: PageFunction): PageDocument {
  const index = page.functions.findIndex(({ name }) => name === made.name);
  const functions = index < 0 ? [...page.functions, made] : page.functions.with(index, made);
  return { ...page, functions };
}

export const removeFunction = (page: PageDocument, name: string): PageDocument => ({
  ...page,
  functions: page.functions.filter((each) => each.name !== name),
});

/** What is wrong with a function's name, in words; empty when it can be taken. */
export function functionNameProblem(page: PageDocument, name: string, own?: string): string {
  if (name === "") return "A name is needed.";
  if (!/^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/.test(name)) {
    return "A name starts with a letter, _ or $ and has letters, digits, _ and $, at most 64 in all.";
  }
  if (name !== own && (isOwnAction(name) || findFunction(page, name))) {
    return `The name “${name}” is used already. Choose another.`;
  }
  return "";
}

/** Methods of `this` in an action that take a component's ID first. */
const takesId = new Set(["$", "getComponent", "getValue", "hide", "show"]);

interface Named {
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly kind: "id" | "function";
  /** A key of an object that stands there without quotes. */
  readonly bare?: boolean;
}

/** The names of components and functions that stand as constants in an action. */
export function namesInCode(code: string): Named[] {
  const names: Named[] = [];
  let program: Node;
  try {
    program = parse(code, {
      ecmaVersion: "latest",
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
    });
  } catch {
    return names;
  }
  const take = (node: Node | null | undefined, kind: Named["kind"]) => {
    if (node?.type !== "Literal") return;
    const { value, start, end } = node as Literal;
    if (typeof value === "string") names.push({ start, end, name: value, kind });
  };
  simple(program, {
    CallExpression(node: CallExpression) {
      const { callee } = node;
      if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier")
        return;
      const method = callee.property.name;
      const first = node.arguments[0];
      if (!first) return;
      if (method === "call") take(first, "function");
      else if (takesId.has(method)) {
        if (first.type === "ArrayExpression") for (const element of first.elements) take(element, "id");
        else take(first, "id");
      } else if (method === "setData" && first.type === "ObjectExpression") {
        for (const property of first.properties) {
          if (property.type !== "Property" || property.computed || property.shorthand) continue;
          if (property.key.type === "Identifier") {
            const { start, end, name } = property.key;
            names.push({ start, end, name, kind: "id", bare: true });
          } else take(property.key, "id");
        }
      }
    },
  });
  return names;
}

function renameInCode(code: string, kind: Named["kind"], from: string, to: string): string {
  const found = namesInCode(code).filter((each) => each.kind === kind && each.name === from);
  for (const { start, end, bare } of found.sort((a, b) => b.start - a.start)) {
    const quote = bare ? '"' : code[start];
    const name = bare && /^[\w$]+$/.test(to) ? to : `${quote}${to}${quote}`;
    code = code.slice(0, start) + name + code.slice(end);
  }
  return code;
}

const mapCode = (page: PageDocument, kind: Named["kind"], from: string, to: string): PageFunction[] =>
  page.functions.map((each) => {
    if (each.kind !== "action") return each;
    const code = renameInCode(each.code, kind, from, to);
    return code === each.code ? each : { ...each, code };
  });

/** Gives a component another ID, in the code of actions and in the page's CSS too. */
export function renameComponent(page: PageDocument, from: string, to: string): PageDocument {
  if (from === to) return page;
  const renamed = changeComponent(page, from, (component) => ({ ...component, id: to }));
  const { css } = page;
  return {
    ...renamed,
    functions: mapCode(page, "id", from, to),
    ...(css === undefined ? {} : { css: css.replace(new RegExp(`#${from}(?![\\w-])`, "g"), `#${to}`) }),
  };
}

/** Replaces every naming of a function in a component by what `change` makes of it. */
function mapComponentFunctions(
  component: Component,
  change: (name: string) => string | undefined,
): Component {
  let made: Component = component;
  for (const [field, value] of Object.entries(component)) {
    if (field === "onClick" || field === "onChange") {
      const name = change(value as string);
      if (name !== value) made = setField(made, field, name);
    } else if (field === "actions") {
      let actions = value as Record<string, string>;
      for (const event of phoneEvents) {
        const old = actions[event];
        if (old === undefined) continue;
        const name = change(old);
        if (name !== old) actions = setField(actions, event, name);
      }
      if (actions !== value) made = setField(made, field, Object.keys(actions).length ? actions : undefined);
    } else if (isDynamic(value) && "function" in value) {
      const name = change(value.function);
      if (name !== undefined && name !== value.function)
        made = setField(made, field, { ...value, function: name });
    }
  }
  return made;
}

export function renameFunction(page: PageDocument, from: string, to: string): PageDocument {
  if (from === to) return page;
  let renamed: PageDocument = { ...page, functions: mapCode(page, "function", from, to) };
  for (const { id } of allComponents(page.components)) {
    renamed = changeComponent(renamed, id, (component) =>
      mapComponentFunctions(component, (name) => (name === from ? to : name)),
    );
  }
  return {
    ...renamed,
    functions: renamed.functions.map((each) => (each.name === from ? { ...each, name: to } : each)),
  };
}

/** Where a function is named, in words: the components and the actions. */
export function usesOfFunction(page: PageDocument, name: string): string[] {
  const places: string[] = [];
  for (const component of allComponents(page.components)) {
    let used = false;
    mapComponentFunctions(component, (each) => {
      used ||= each === name;
      return each;
    });
    if (used) places.push(`the component “${component.id}”`);
  }
  for (const each of page.functions) {
    if (each.kind !== "action" || each.name === name) continue;
    if (namesInCode(each.code).some(({ kind, name: other }) => kind === "function" && other === name)) {
      places.push(`the action “${each.name}”`);
    }
  }
  return places;
}
