// The gallery: every scene in a frame of its own, in the theme, language and
// width that are chosen.
import { scenes } from "./scenes.ts";

const part = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const form = part<HTMLFormElement>("choice");

/** What stands around the phone in its frame, in pixels: the padding of `.scene`. */
const around = 32;

/** Makes a frame as high as what is in it, once its scene is there and ever after. */
function fit(frame: HTMLIFrameElement): void {
  const page = frame.contentDocument;
  if (!page) return;
  const grow = () => (frame.height = String(page.body.offsetHeight));
  const look = () => {
    if (!page.documentElement.dataset["scene"]) return;
    scene.disconnect();
    new ResizeObserver(grow).observe(page.body);
    grow();
  };
  const scene = new MutationObserver(look);
  scene.observe(page.documentElement, { attributeFilter: ["data-scene"] });
  look();
}

function show(): void {
  const choice = new URLSearchParams(
    [...new FormData(form)].filter(([, value]) => value).map(([name, value]) => [name, String(value)]),
  );
  history.replaceState(null, "", `?${choice}`);
  document.documentElement.style.colorScheme = choice.get("theme") ?? "";
  const width = Number(choice.get("width")) + around;
  part("scenes").style.setProperty("--frame", `${width}px`);
  part("scenes").replaceChildren(
    ...Object.entries(scenes).map(([name, { title }]) => {
      const figure = document.createElement("figure");
      const link = Object.assign(document.createElement("a"), {
        href: `/gallery/scene.html?scene=${name}&${choice}`,
        textContent: title,
      });
      const frame = Object.assign(document.createElement("iframe"), {
        src: link.href,
        title,
        loading: "lazy",
        height: "629",
      });
      frame.addEventListener("load", () => fit(frame));
      const caption = document.createElement("figcaption");
      caption.append(link);
      figure.append(caption, frame);
      return figure;
    }),
  );
}

for (const [name, value] of new URLSearchParams(location.search)) {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLSelectElement) field.value = value;
}
form.addEventListener("change", show);
show();
