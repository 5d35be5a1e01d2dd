// The words of the screen in other languages: loaded where the page is not in
// English, or has words of its own.
export { find } from "./element/words.ts";
