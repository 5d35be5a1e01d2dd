// What a parser's page offers to the measurement: one reading and one writing
// of messages that differ, timed in rounds by the page's own clock.

/** Messages that are not the same text each time, as traffic is. */
const variants = 64;

/** `read` gives what a phone reads of each message; `write` makes an INVITE of the given parts. */
export function offer({ read, write }) {
  let sink = 0;
  window.parse = {
    read,
    write,
    /** Messages a second, over at least so many milliseconds. */
    rateOfReading(text, milliseconds) {
      const texts = Array.from({ length: variants }, (_, i) => vary(text, i));
      return rate(milliseconds, (i) => (sink += read(texts[i % variants]).length));
    },
    rateOfWriting(parts, milliseconds) {
      return rate(milliseconds, (i) => (sink += write({ ...parts, number: i + 1 }).length));
    },
    get sink() {
      return sink;
    },
  };
}

/** Another message of the same length: other tags, branches, Call-IDs, users and hosts. */
function vary(text, i) {
  const end = text.indexOf("\r\n\r\n");
  const [a, b] = String(i + 10);
  const head = text
    .slice(0, end)
    .replace(/(tag=|branch=z9hG4bK|Call-ID: |sip:|WSS? )(\w)(\w)/g, (_, name) => name + a + b);
  return head + text.slice(end);
}

function rate(milliseconds, run) {
  const begin = performance.now();
  let count = 0;
  let now;
  do {
    for (let i = 0; i < variants; i++) run(count++);
    now = performance.now();
  } while (now - begin < milliseconds);
  return (count / (now - begin)) * 1000;
}
