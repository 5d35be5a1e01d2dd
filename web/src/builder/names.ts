// Names of pages in addresses, and times in words.

/** What is wrong with a page's name, in words; empty when it can be taken. */
export function nameProblem(name: string): string {
  if (name === "") return "An address is needed.";
  if (/^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/.test(name)) return "";
  return "An address has small letters, digits and - between them, at most 64 in all.";
}

/** A name made from a title. */
export function nameFrom(title: string): string {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const name = plain.replace(/[^a-z0-9]+/g, "-").slice(0, 60);
  return name.replace(/^-+|-+$/g, "") || "page";
}

/** A time as one reads it here. */
export function when(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  return date.toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
}
