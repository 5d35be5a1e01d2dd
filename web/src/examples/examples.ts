// The page /examples/: shows each example's source when it is asked for.
import type { PageDocument } from "../page/document.ts";

interface ExportFile {
  readonly page: PageDocument;
}

const heading = (text: string) => Object.assign(document.createElement("h3"), { textContent: text });

function code(text: string): HTMLElement {
  const block = document.createElement("pre");
  // A keyboard scrolls what has the focus.
  block.tabIndex = 0;
  block.textContent = text;
  return block;
}

/** Actions are read better as code than as JSON. */
async function show(box: HTMLDetailsElement): Promise<void> {
  const file = `/examples/${box.dataset.source}.json`;
  const { page } = (await (await fetch(file)).json()) as ExportFile;
  const { functions, ...rest } = page;
  for (const what of functions) {
    if (what.kind === "action" && what.code) box.append(heading(`Action ${what.name}`), code(what.code));
    else if (what.kind !== "action")
      box.append(heading(`Function ${what.name}`), code(JSON.stringify(what, null, 2)));
  }
  const link = Object.assign(document.createElement("a"), { href: file, textContent: "The whole file" });
  box.append(heading("The page"), code(JSON.stringify(rest, null, 2)), link);
}

for (const box of document.querySelectorAll<HTMLDetailsElement>("details[data-source]"))
  box.addEventListener("toggle", () => void show(box), { once: true });
