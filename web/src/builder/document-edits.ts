// Edits of a page's document. Each takes a document and returns another: nothing
// is changed in place, so that undo is a list of documents and what was not
// touched stays the same object.
import { allComponents } from "../page/document.ts";
import type { ColumnsComponent, Component, PageDocument } from "../page/document.ts";

/** Where a component stands: in the page itself, or in a column of `parent`. */
export interface Place {
  readonly parent?: string;
  readonly column?: number;
  readonly index: number;
}

type Components = readonly Component[];

export const findComponent = (page: PageDocument, id: string): Component | undefined => {
  for (const component of allComponents(page.components)) if (component.id === id) return component;
  return undefined;
};

/** Returns what `change` makes of every list of components, the outer ones last. */
function mapLists(
  components: Components,
  change: (list: Components, parent?: string, column?: number) => Components,
  parent?: string,
  column?: number,
): Components {
  let same = true;
  const inner = components.map((component) => {
    if (component.type !== "columns") return component;
    let kept = true;
    const columns = component.columns.map((each, index) => {
      const list = mapLists(each.components, change, component.id, index);
      if (list === each.components) return each;
      kept = false;
      return { ...each, components: list };
    });
    if (kept) return component;
    same = false;
    return { ...component, columns };
  });
  return change(same ? components : inner, parent, column);
}

const withComponents = (page: PageDocument, components: Components): PageDocument =>
  components === page.components ? page : { ...page, components };

/** Undefined when there is no such component. */
export function placeOf(page: PageDocument, id: string): Place | undefined {
  let place: Place | undefined;
  mapLists(page.components, (list, parent, column) => {
    const index = list.findIndex((component) => component.id === id);
    if (index >= 0) place = parent === undefined ? { index } : { parent, column: column ?? 0, index };
    return list;
  });
  return place;
}

/** The list that a place is in; undefined when its columns are gone. */
export function listAt(page: PageDocument, place: Place): Components | undefined {
  if (place.parent === undefined) return page.components;
  const parent = findComponent(page, place.parent);
  return parent?.type === "columns" ? parent.columns[place.column ?? 0]?.components : undefined;
}

export function insertComponent(page: PageDocument, place: Place, component: Component): PageDocument {
  return withComponents(
    page,
    mapLists(page.components, (list, parent, column) =>
      parent === place.parent && (parent === undefined || column === (place.column ?? 0))
        ? list.toSpliced(Math.max(0, Math.min(place.index, list.length)), 0, component)
        : list,
    ),
  );
}

export function removeComponent(page: PageDocument, id: string): PageDocument {
  return withComponents(
    page,
    mapLists(page.components, (list) =>
      list.some((component) => component.id === id) ? list.filter((component) => component.id !== id) : list,
    ),
  );
}

/** Replaces the component `id` by what `change` makes of it. */
export function changeComponent(
  page: PageDocument,
  id: string,
  change: (component: Component) => Component,
): PageDocument {
  return withComponents(
    page,
    mapLists(page.components, (list) => {
      const index = list.findIndex((component) => component.id === id);
      return index < 0 ? list : list.with(index, change(list[index] as Component));
    }),
  );
}

/** Sets a field; undefined takes it away. */
export function setField<T extends object>(of: T, name: string, value: unknown): T {
  const { [name]: _, ...rest } = of as Record<string, unknown>;
  if (value === undefined) return rest as T;
  // An existing field keeps its position, so that a change back is no change.
  return { ...of, [name]: value };
}

export const setComponentField = (page: PageDocument, id: string, name: string, value: unknown) =>
  changeComponent(page, id, (component) => setField(component, name, value));

/** Whether `id` is `outer` or within it. */
export function isWithin(page: PageDocument, id: string, outer: string): boolean {
  const component = findComponent(page, outer);
  return !!component && [...allComponents([component])].some((each) => each.id === id);
}

/** Moves a component; the place counts as before the move. Into itself: no change. */
export function moveComponent(page: PageDocument, id: string, place: Place): PageDocument {
  const from = placeOf(page, id);
  const component = findComponent(page, id);
  if (!from || !component || !listAt(page, place)) return page;
  if (place.parent !== undefined && isWithin(page, place.parent, id)) return page;
  const sameList = from.parent === place.parent && (from.column ?? 0) === (place.column ?? 0);
  const index = sameList && from.index < place.index ? place.index - 1 : place.index;
  if (sameList && index === from.index) return page;
  return insertComponent(removeComponent(page, id), { ...place, index }, component);
}

/**
 * One step up or down through the page as one reads it: past a neighbour, into
 * columns, from a column to the next, and out of them.
 */
export function stepPlace(page: PageDocument, id: string, down: boolean): Place | undefined {
  const from = placeOf(page, id);
  const list = from && listAt(page, from);
  if (!from || !list) return undefined;
  const neighbour = list[from.index + (down ? 1 : -1)];
  if (neighbour?.type === "columns") {
    const column = down ? 0 : neighbour.columns.length - 1;
    const index = down ? 0 : (neighbour.columns[column]?.components.length ?? 0);
    return { parent: neighbour.id, column, index };
  }
  if (neighbour) return { ...from, index: down ? from.index + 2 : from.index - 1 };
  if (from.parent === undefined) return undefined;
  const outer = findComponent(page, from.parent) as ColumnsComponent;
  const column = (from.column ?? 0) + (down ? 1 : -1);
  const next = outer.columns[column];
  if (next) return { parent: outer.id, column, index: down ? 0 : next.components.length };
  const place = placeOf(page, outer.id);
  return place && { ...place, index: place.index + (down ? 1 : 0) };
}

/** Where something new goes: into the selected columns, behind what is selected, or at the end. */
export function placeBehind(page: PageDocument, selected: string | undefined, column = 0): Place {
  const component = selected === undefined ? undefined : findComponent(page, selected);
  if (component?.type === "columns") {
    const index = Math.min(column, component.columns.length - 1);
    return {
      parent: component.id,
      column: index,
      index: component.columns[index]?.components.length ?? 0,
    };
  }
  const place = component && placeOf(page, component.id);
  return place ? { ...place, index: place.index + 1 } : { index: page.components.length };
}

const idsOf = (page: PageDocument) => new Set([...allComponents(page.components)].map(({ id }) => id));

/** `base`, or `base2`, `base3`… when that is taken. */
export function freeName(base: string, taken: ReadonlySet<string>): string {
  if (!taken.has(base)) return base;
  const stem = base.replace(/\d+$/, "").slice(0, 58) || base;
  for (let number = 2; ; number++) if (!taken.has(stem + number)) return stem + number;
}

const firstIds: Readonly<Record<Component["type"], string>> = {
  "web-phone": "phone",
  heading: "heading",
  text: "text",
  input: "input",
  button: "button",
  html: "html",
  columns: "columns",
};

/** A component as it comes out of the palette. */
export function newComponent(page: PageDocument, type: Component["type"]): Component {
  const id = freeName(firstIds[type], idsOf(page));
  switch (type) {
    case "web-phone":
      return { type, id };
    case "heading":
      return { type, id, text: "Heading" };
    case "text":
      return { type, id, text: "A paragraph of text." };
    case "input":
      return { type, id, label: "Label" };
    case "button":
      return { type, id, label: "Button" };
    case "html":
      return { type, id, html: "<p>Your <strong>HTML</strong></p>" };
    case "columns":
      return { type, id, columns: [{ components: [] }, { components: [] }] };
  }
}

/** A copy behind the original, with IDs of its own. */
export function duplicateComponent(
  page: PageDocument,
  id: string,
): { readonly page: PageDocument; readonly id: string } | undefined {
  const original = findComponent(page, id);
  const place = placeOf(page, id);
  if (!original || !place) return undefined;
  const taken = idsOf(page);
  const copyOf = (component: Component): Component => {
    const copy = { ...component, id: freeName(component.id, taken) };
    taken.add(copy.id);
    if (copy.type !== "columns") return copy;
    return {
      ...copy,
      columns: copy.columns.map((column) => ({ ...column, components: column.components.map(copyOf) })),
    };
  };
  const copy = copyOf(original);
  return { page: insertComponent(page, { ...place, index: place.index + 1 }, copy), id: copy.id };
}

/** What is wrong with an ID, in words; empty when it can be taken. */
export function idProblem(page: PageDocument, id: string, own: string): string {
  if (id === "") return "An ID is needed: actions find the component by it.";
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(id)) {
    return "An ID starts with a letter and has letters, digits, - and _, at most 64 in all.";
  }
  if (id !== own && idsOf(page).has(id)) return `The ID “${id}” is used already. Choose another.`;
  return "";
}
