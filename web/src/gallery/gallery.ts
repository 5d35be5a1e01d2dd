// The gallery: every scene in a frame of its own, in the theme, language and
// width that are chosen.
import { scenes } from "./scenes.ts";

const part = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const form = part<HTMLFormElement>("choice");

function show(): void {
  const choice = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
  history.replaceState(null, "", `?${choice}`);
  const width = Number(choice.get("width"));
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
        width: String(width + 32),
        height: "700",
      });
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
