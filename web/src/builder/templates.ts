// What a new page starts from: nothing, or one of the examples that the server has.
import type { PageDocument } from "../page/document.ts";

export interface Template {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The address of its export file. */
  readonly file: string;
}

interface ExportFile {
  readonly page: PageDocument;
  readonly variables?: readonly unknown[];
}

export const emptyPage = (title: string): PageDocument => ({ title, components: [], functions: [] });

/** The templates of the server; none when it has none. */
export async function loadTemplates(): Promise<readonly Template[]> {
  try {
    const response = await fetch("/examples/index.json");
    if (!response.ok) return [];
    const list: unknown = await response.json();
    return Array.isArray(list) ? list.filter(isTemplate).slice(0, 50) : [];
  } catch {
    return [];
  }
}

function isTemplate(value: unknown): value is Template {
  if (typeof value !== "object" || value === null) return false;
  const { title, file } = value as Partial<Template>;
  return typeof title === "string" && typeof file === "string";
}

/** The text of a template's export file, under another name and title. */
export async function templateFile(template: Template, name: string, title: string): Promise<string> {
  const response = await fetch(new URL(template.file, new URL("/examples/", location.href)));
  if (!response.ok) throw new Error(`The template “${template.title}” can't be loaded. Try again.`);
  const file = (await response.json()) as ExportFile;
  return JSON.stringify({ ...file, name, page: { ...file.page, title } });
}
