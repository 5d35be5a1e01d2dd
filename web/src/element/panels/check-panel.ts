// The panel of the check before a call.
import { frame } from "../frame.ts";
import type { Kit, Template } from "../kit.ts";
import type { PanelText } from "./texts.ts";

export interface CheckUser {
  readonly kit: Kit;
  t(key: PanelText): string;
}

export class CheckPanel {
  readonly #user: CheckUser;

  constructor(user: CheckUser) {
    this.#user = user;
  }

  changed(_open: boolean): void {}

  view(): Template {
    const { kit, t } = this.#user;
    return frame(kit, t("check"), kit.html`<p>${t("checkWhy")}</p>`);
  }
}
