// A page that runs: its components, values and functions.
import type { PhoneEventName, WebPhone } from "../webphone.ts";
import { fromFunction, isAccountField, provideAccount } from "./account.ts";
import { Actions } from "./actions.ts";
import { draw, put, read, target, valuesOf, write, written } from "./components.ts";
import { isDynamic, phoneEvents } from "./document.ts";
import type { Component, PageData, PhoneComponent, ShownFunction } from "./document.ts";
import { Environment } from "./environment.ts";
import type { EnvironmentStorage } from "./environment.ts";
import type { PageAPI } from "./page-api.ts";
import { messageOf, placeOf, Problems } from "./problems.ts";
import { callElsewhere } from "./remote.ts";
import { Lookup } from "./values.ts";

interface Piece {
  readonly component: Component;
  readonly element: HTMLElement;
}

export interface RuntimeOptions {
  readonly nonce: string;
  readonly storage: EnvironmentStorage | undefined;
  /** Changes an action's code before it is compiled. */
  readonly prepare: (name: string, code: string) => string;
}

export class Runtime {
  readonly problems = new Problems();
  readonly #data: PageData;
  readonly #environment: Environment;
  readonly #actions: Actions;
  readonly #functions: ReadonlyMap<string, ShownFunction>;
  readonly #pieces = new Map<string, Piece>();
  readonly #api: PageAPI;
  /** Set while `refresh()` runs: a call from within it would never end. */
  #refreshing: Promise<void> | undefined;

  constructor(data: PageData, { nonce, storage, prepare }: RuntimeOptions) {
    this.#data = data;
    this.#environment = new Environment(data.name, data.env, storage);
    this.#actions = new Actions(this.problems);
    this.#functions = new Map(data.page.functions.map((what) => [what.name, what]));
    this.#api = this.#makeAPI();
    this.#compile = () => {
      for (const what of data.page.functions) {
        if (what.kind === "action") this.#actions.compile(what, nonce, (code) => prepare(what.name, code));
      }
    };
  }

  readonly #compile: () => void;

  /** Draws the page, fills it, and runs `mounted` and `refresh`. */
  async start(root: HTMLElement): Promise<void> {
    this.#compile();
    root.append(...this.#data.page.components.map((component) => this.#draw(component)));
    const lookup = this.#lookup();
    await Promise.all([...this.#pieces.values()].map((piece) => this.#fill(piece, lookup, () => true)));
    await this.#actions.run("mounted", this.#api, undefined);
    await this.#runRefresh();
  }

  /** The phone that a link dials with. */
  get phone(): WebPhone | undefined {
    for (const { component, element } of this.#pieces.values()) {
      if (component.type === "web-phone") return element as WebPhone;
    }
    return undefined;
  }

  /** All phones of the page. */
  get phones(): WebPhone[] {
    return [...this.#pieces.values()]
      .filter(({ component }) => component.type === "web-phone")
      .map(({ element }) => element as WebPhone);
  }

  /** Dials for a link, or for the page around this one: the phone shows, and signs in where it has not. */
  async dial(number: string): Promise<void> {
    const { phone } = this;
    if (!phone) return;
    phone.show();
    try {
      if (!phone.registered) await phone.register();
      await phone.makeCall(number);
    } catch (error) {
      this.problems.tell({ component: phone.id, message: messageOf(error) });
    }
  }

  #draw(component: Component): HTMLElement {
    const element = draw(component, (inner) => this.#draw(inner));
    this.#pieces.set(component.id, { component, element });
    switch (component.type) {
      case "web-phone":
        this.#listen(component, element as WebPhone);
        break;
      case "button":
        element.addEventListener("click", () => this.#event(component.onClick, undefined));
        break;
      case "input":
        element.addEventListener("change", () => this.#event(component.onChange, read(component, element)));
    }
    return element;
  }

  #listen(component: PhoneComponent, phone: WebPhone): void {
    provideAccount(component, phone, () => this.#lookup());
    for (const property of phoneEvents) {
      const type = property.slice(2).toLowerCase() as PhoneEventName;
      phone.addEventListener(type, (event) => this.#event(component.actions?.[property], event.detail));
    }
  }

  /** Runs what an author chose for an event. */
  #event(name: string | undefined, detail: unknown): void {
    if (!name) return;
    if (name === "refresh") void this.#refresh();
    else if (this.#functions.get(name)?.kind === "action" || name === "mounted")
      void this.#actions.run(name, this.#api, detail);
    else
      void this.#call(name, detail).catch((error: unknown) =>
        this.problems.tell({ action: name, message: messageOf(error) }),
      );
  }

  #lookup(): Lookup {
    return new Lookup(this.#environment, (name) => this.#call(name, undefined));
  }

  async #call(name: string, data: unknown): Promise<unknown> {
    const what = this.#functions.get(name);
    if (!what) throw new Error(`There is no function ${name} on this page.`);
    if (what.kind === "action") return this.#actions.call(name, this.#api, data);
    const { functionsURL, draftToken } = this.#data;
    return callElsewhere(what, data, { functionsURL, draftToken, env: (key) => this.#environment.get(key) });
  }

  /** Puts a component's values on the screen: those that `wanted` picks. */
  async #fill(
    { component, element }: Piece,
    lookup: Lookup,
    wanted: (key: string) => boolean,
  ): Promise<void> {
    const keys = valuesOf(component).filter((key) => written(component, key) !== undefined && wanted(key));
    const found = keys.map(async (key) => {
      const value = written(component, key)!;
      // The provider asks for what a function brings to an account.
      if (isAccountField(key) && fromFunction(value)) return undefined;
      try {
        return { key, value: await lookup.resolve(value) };
      } catch (error) {
        this.#tellOf(component, key, error);
        return undefined;
      }
    });
    // In the order of the component: a phone registers when the rest is there.
    for (const each of await Promise.all(found)) {
      if (!each) continue;
      try {
        put(component, element, each.key, each.value);
      } catch (error) {
        this.#tellOf(component, each.key, error);
      }
    }
  }

  #tellOf(component: Component, key: string, error: unknown): void {
    this.problems.tell({
      component: component.id,
      ...placeOf(error),
      message: `${key} stays as it was. ${messageOf(error)}`,
    });
  }

  /** Looks dynamic values up again and runs `refresh`; a second call waits for the first. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#refreshAll().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #refreshAll(): Promise<void> {
    const lookup = this.#lookup();
    await Promise.all(
      [...this.#pieces.values()].map((piece) =>
        this.#fill(piece, lookup, (key) => isDynamic(written(piece.component, key))),
      ),
    );
    await this.#actions.run("refresh", this.#inRefresh, undefined);
  }

  /** At the start the values are there already. */
  async #runRefresh(): Promise<void> {
    await this.#actions.run("refresh", this.#inRefresh, undefined);
  }

  /** What `refresh` has as `this`: refreshing from within would never end. */
  get #inRefresh(): PageAPI {
    return Object.assign(Object.create(this.#api) as PageAPI, {
      refresh: async () =>
        this.problems.tell({ action: "refresh", message: "refresh() within refresh does nothing." }),
    });
  }

  #piece(id: string): Piece {
    const piece = this.#pieces.get(id);
    if (!piece) throw new Error(`There is no component ${id} on this page.`);
    return piece;
  }

  #makeAPI(): PageAPI {
    const getComponent = (id: string) => {
      const { component, element } = this.#piece(id);
      return target(component, element) as HTMLElement & WebPhone;
    };
    const setHidden = (ids: string | readonly string[], hidden: boolean) => {
      const pieces = (typeof ids === "string" ? [ids] : ids).map((id) => this.#piece(id));
      for (const { element } of pieces) element.hidden = hidden;
    };
    return {
      env: this.#environment.view((name) => this.problems.tell({ message: `There is no variable ${name}.` })),
      getComponent,
      $: getComponent,
      getValue: (id) => {
        const { component, element } = this.#piece(id);
        return read(component, element);
      },
      getValues: () =>
        Object.fromEntries(
          [...this.#pieces.values()]
            .filter(({ component }) => component.type === "input" || component.type === "web-phone")
            .map(({ component, element }) => [component.id, read(component, element)]),
        ),
      setData: (values) => {
        const pairs = Object.entries(values).map(([id, value]) => [this.#piece(id), value] as const);
        for (const [{ component, element }, value] of pairs) write(component, element, value);
      },
      hide: (ids) => setHidden(ids, true),
      show: (ids) => setHidden(ids, false),
      refresh: () => this.#refresh(),
      saveEnvVars: (variables) => this.#environment.save(variables),
      call: (name, data) => this.#call(name, data),
    };
  }
}
