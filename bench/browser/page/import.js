// How long a browser takes to compile and run a script that it has: `import()`
// from memory, without network and without a code cache.
async function time(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const begin = performance.now();
  await import(url);
  return performance.now() - begin;
}

/** Milliseconds for the script at `path`, less what it takes to import one without content. */
window.importTime = async (path) => {
  const text = await (await fetch(path)).text();
  for (let i = 0; i < 3; i++) await time(`export const nothing = ${i};`);
  const nothing = await time("export const nothing = null;");
  return (await time(text)) - nothing;
};
