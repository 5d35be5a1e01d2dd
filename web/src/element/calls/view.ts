// The view of calls: other calls, transfer, pictures, quality, and what a
// hidden tab shows of a call that rings.
import type { Call } from "../../phone/call.ts";
import type { Kit, View } from "../kit.ts";
import { speaker } from "../kit.ts";
import { alerts } from "./alerts.ts";
import { Banner } from "./banner.ts";
import { Quality } from "./quality.ts";
import { Several, isUp } from "./several.ts";
import { Stage, sharable } from "./stage.ts";
import { styles } from "./styles.ts";
import { english } from "./texts.ts";
import type { Lent } from "./texts.ts";
import { Transfer } from "./transfer.ts";

export function open(kit: Kit): View {
  const t = speaker(kit, english);
  const { host } = kit;
  const name = (call: Call) => kit.nameOf(call) || (kit.text("unknown") ?? "Unknown caller");
  const lent: Lent = { kit, t, name };
  const several = new Several(lent);
  const banner = new Banner(lent, several);
  const transfer = new Transfer(lent, several);
  const stage = new Stage(lent, () => banner.draw());
  const quality = new Quality(lent);

  const up = () => {
    const call = kit.call();
    return call && isUp(call) ? call : null;
  };
  /** A panel whose call is gone goes, too: after this drawing. */
  const close = () => {
    queueMicrotask(() => kit.open(null));
    return null;
  };

  return {
    styles,
    banner: () => banner.draw(),
    badge: (call) => kit.html`
      ${!call.video && isUp(call) && host.shows("camera") && sharable() ? stage.share(call) : ""}
      ${isUp(call) ? quality.badge() : ""}`,
    stage: (call) => stage.draw(call),
    panel: (panel) => {
      const call = up();
      if (panel === "calls") return host.phone.calls.length > 1 ? banner.panel() : close();
      if (panel === "quality") return call ? quality.panel() : close();
      if (panel !== "transfer") return null;
      return call && (transfer.about ?? call) === call ? transfer.panel(call) : close();
    },
    changed: () => {
      // What an element does that has left the document is over with its calls, and nobody sees it.
      if (!host.element.isConnected) return;
      if (kit.shown !== "transfer") transfer.reset();
      quality.follow(host.shows("status") ? up() : null);
      alerts.ring(
        host,
        host.phone.calls
          .filter(({ state }) => state === "ringing-in")
          .map((call) => ({
            id: call.id,
            text: t("waitingAlert", { name: name(call) }),
            more: name(call) === call.remote ? "" : call.remote,
          })),
      );
    },
    pause: () => {
      quality.pause();
      alerts.ring(host, []);
    },
  };
}
