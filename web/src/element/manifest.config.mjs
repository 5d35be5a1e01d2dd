// How custom-elements.json is made from the element's doc comments:
//   cem analyze --config web/src/element/manifest.config.mjs
export default {
  globs: ["web/src/element/web-phone.ts"],
  outdir: "web/src/app/static",
  packagejson: false,
  plugins: [
    {
      name: "what a host page sees",
      // Under the address that is loaded, and without what is private.
      packageLinkPhase({ customElementsManifest }) {
        for (const module of customElementsManifest.modules) {
          module.path = "webphone.js";
          for (const declaration of module.declarations) {
            declaration.members = declaration.members.filter((member) => member.privacy !== "private");
          }
          for (const item of module.exports) item.declaration.module = module.path;
        }
      },
    },
  ],
};
