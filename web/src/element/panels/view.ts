// The panels of the screen: recent calls and contacts, settings, the check
// before a call, and the report.
import type { Kit, View } from "../kit.ts";
import { speaker } from "../kit.ts";
import { CheckPanel } from "./check-panel.ts";
import { apply } from "./choices.ts";
import { Contacts, fetchContacts } from "./contacts.ts";
import { HistoryPanel } from "./history-panel.ts";
import { add, concerns, list, look } from "./history.ts";
import { ReportPanel } from "./report-panel.ts";
import { SettingsPanel } from "./settings-panel.ts";
import { styles } from "./styles.ts";
import { english } from "./texts.ts";

export function open(kit: Kit): View {
  const t = speaker(kit, english);
  const { host } = kit;
  const { phone } = host;
  /** Whose calls these are. */
  const account = () => {
    const { username = "", realm, wsServers = [] } = phone.config;
    const [server] = [wsServers].flat();
    return `${username}@${realm || (server ? new URL(server).hostname : "")}`;
  };

  let contacts: Contacts | null = null;
  let source: unknown = "";
  let broken = false;
  const findContacts = () => {
    if (source === host.contacts) return;
    const wanted = (source = host.contacts);
    broken = false;
    if (typeof wanted !== "string") return void (contacts = new Contacts(wanted, kit.lang));
    contacts = null;
    if (!wanted) return;
    fetchContacts(new URL(wanted, host.element.baseURI).href).then(
      (found) => {
        if (source !== wanted) return;
        contacts = new Contacts(found, kit.lang);
        kit.update();
      },
      () => {
        broken = source === wanted;
        kit.update();
      },
    );
  };

  const markMissed = () => {
    const button = kit.root.querySelector("[part=history]");
    if (!button) return;
    if (kit.shown === "history") look(account());
    const missed = list(account()).filter(({ fresh }) => fresh).length;
    button.toggleAttribute("data-missed", missed > 0);
    if (missed) button.setAttribute("aria-description", t("missedCount", { count: missed }));
    else button.removeAttribute("aria-description");
  };

  const user = { kit, t };
  const history = new HistoryPanel({
    ...user,
    account,
    contacts: () => contacts,
    broken: () => broken,
    retry: () => {
      source = "";
      kit.update();
    },
  });
  const settings = new SettingsPanel(user);
  const check = new CheckPanel(user);
  const report = new ReportPanel(user);

  const otherTab = ({ key }: StorageEvent) => concerns(key) && kit.update();
  let listening = false;
  const listen = (on: boolean) => {
    if (on === listening) return;
    listening = on;
    if (on) addEventListener("storage", otherTab);
    else removeEventListener("storage", otherTab);
  };

  // What cannot be applied is the system's default. Where there are no settings
  // to see, the host page alone decides.
  if (host.shows("status") && host.shows("settings")) apply(phone).catch(() => {});

  return {
    styles,
    nameOf: (number) => contacts?.nameOf(number) ?? "",
    changed() {
      listen(true);
      findContacts();
      if (kit.shown !== "history") history.reset();
      settings.changed(kit.shown === "settings");
      check.changed(kit.shown === "check");
      report.changed();
      markMissed();
    },
    ended(call) {
      add(account(), call);
      kit.update();
    },
    pause() {
      listen(false);
      settings.stop();
    },
    panel: (name) =>
      name === "history"
        ? history.view()
        : name === "settings"
          ? settings.view()
          : name === "check"
            ? check.view()
            : name === "report"
              ? report.view()
              : null,
  };
}
