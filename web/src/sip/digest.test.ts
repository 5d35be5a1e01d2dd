import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Challenge, parseChallenges, strongest } from "./digest.ts";
import { md5 } from "./extras/md5.ts";
import { sha512t256 } from "./extras/sha512.ts";
import { sha256 } from "./hash.ts";
import { HeaderFields } from "./message.ts";

const random = (bytes: number) => new Uint8Array(bytes).fill(7);
/** The hashes that are loaded on demand. */
const more = { md5, sha512t256 };
const mufasa = { username: "Mufasa", password: "Circle of Life" };

function challenged(status: 401 | 407, ...values: string[]) {
  const name = status === 401 ? "WWW-Authenticate" : "Proxy-Authenticate";
  return { status, reason: "", fields: new HeaderFields(values.map((value) => [name, value])), body: "" };
}

function take(value: string): Challenge {
  const challenge = Challenge.from(parseChallenges(value)[0]!, random, more);
  expect(challenge).not.toBeNull();
  return challenge!;
}

const field = (answer: string, name: string) =>
  new RegExp(`[ ,]${name}=(?:"([^"]*)"|([^,]*))`).exec(answer)?.slice(1).find(Boolean);

describe("hashes", () => {
  const lengths = [0, 1, 3, 55, 56, 63, 64, 111, 112, 119, 120, 127, 128, 300];
  it.each(lengths)("agree with the platform's for %i characters", (length) => {
    const text = "aé€".repeat(length).slice(0, length);
    const right = (name: string) => createHash(name).update(text).digest("hex");
    expect(md5(text)).toBe(right("md5"));
    expect(sha256(text)).toBe(right("sha256"));
    expect(sha512t256(text)).toBe(right("sha512-256"));
  });
});

describe("an answer to a challenge", () => {
  // What RFC 2617 §3.5 and RFC 7616 §3.9.1 compute for a client nonce that is
  // theirs; ours differs, so the proof is computed here from the RFC's formula.
  it("proves as RFC 2617 §3.5 does, without qop", () => {
    const nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
    const answer = take(`Digest realm="testrealm@host.com", nonce="${nonce}"`).answer(
      { username: "Mufasa", password: "Circle Of Life" },
      "GET",
      "/dir/index.html",
    );
    // HA1 939e7578ed9e3c518a452acee763bce9, HA2 39aff3a2bab6126f332b942af96d3366
    expect(field(answer, "response")).toBe(
      md5(`939e7578ed9e3c518a452acee763bce9:${nonce}:39aff3a2bab6126f332b942af96d3366`),
    );
    expect(answer).not.toContain("nc=");
  });

  it.each([
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ])("gives the response of RFC 7616 §3.9.1 with %s", (algorithm, response) => {
    const cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    const nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const hash = algorithm === "MD5" ? md5 : sha256;
    const text = `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${nonce}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
    const answer = take(text).answer(mufasa, "GET", "/dir/index.html");
    const prove = (client: string) =>
      hash(
        `${hash("Mufasa:http-auth@example.org:Circle of Life")}:${nonce}:00000001:${client}:auth:${hash("GET:/dir/index.html")}`,
      );
    expect(prove(cnonce)).toBe(response);
    expect(field(answer, "response")).toBe(prove(field(answer, "cnonce")!));
    expect(field(answer, "opaque")).toBe("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS");
    expect(answer).toContain("qop=auth, nc=00000001");
  });

  it("binds the client nonce into the secret with -sess", () => {
    const challenge = take('Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256-sess');
    const answer = challenge.answer({ username: "u", password: "p" }, "REGISTER", "sip:r");
    const cnonce = field(answer, "cnonce");
    const secret = sha256(`${sha256("u:r:p")}:n:${cnonce}`);
    expect(field(answer, "response")).toBe(
      sha256(`${secret}:n:00000001:${cnonce}:auth:${sha256("REGISTER:sip:r")}`),
    );
    expect(answer).toContain("algorithm=SHA-256-sess");
  });

  it("counts the uses of a nonce", () => {
    const challenge = take('Digest realm="r", nonce="n", qop="auth"');
    const answers = [1, 2].map(() => challenge.answer(mufasa, "INVITE", "sip:r"));
    expect(answers.map((answer) => field(answer, "nc"))).toEqual(["00000001", "00000002"]);
    expect(field(answers[0]!, "response")).not.toBe(field(answers[1]!, "response"));
  });

  it("lets no quote of the user name or the realm out of its string", () => {
    const answer = take('Digest realm="a \\"b\\" c", nonce="n"').answer(
      { username: 'x", uri="sip:evil\r\nX: y', password: "" },
      "REGISTER",
      "sip:r",
    );
    expect(answer).not.toMatch(/[\r\n]/);
    expect(parseChallenges(answer)[0]!.get("username")).toBe('x", uri="sip:evil  X: y');
    expect(parseChallenges(answer)[0]!.get("realm")).toBe('a "b" c');
  });
});

describe("of several challenges", () => {
  const all = ["MD5", "SHA-512-256", "SHA-256"].map((a) => `Digest realm="r", nonce="n${a}", algorithm=${a}`);

  it.each([all, [...all].reverse(), [all.join(", ")]])(
    "takes the strongest, whatever their order",
    (...values) => {
      const taken = (hashes: typeof more | null) =>
        strongest(challenged(401, ...values), random, hashes).map(({ nonce }) => nonce);
      expect(taken(null)).toEqual(["nSHA-256"]);
      expect(taken(more)).toEqual(["nSHA-512-256"]);
    },
  );

  it("passes over what it can't do", () => {
    const taken = strongest(
      challenged(
        407,
        'Basic realm="r"',
        `${all[0]}, Digest realm="r", nonce="x", algorithm=SHA-3`,
        "Bearer abc",
      ),
      random,
      more,
    );
    expect(taken.map(({ nonce }) => nonce)).toEqual(["nMD5"]);
  });

  it("answers each realm", () => {
    const taken = strongest(challenged(407, all[0]!, 'Digest realm="other", nonce="o"'), random, more);
    expect(taken.map(({ realm }) => realm)).toEqual(["r", "other"]);
  });

  it("has no answer where only auth-int is offered", () => {
    expect(strongest(challenged(401, 'Digest realm="r", nonce="n", qop="auth-int"'), random, more)).toEqual(
      [],
    );
  });

  it("sees a stale nonce", () => {
    expect(take('Digest realm="r", nonce="n", stale=TRUE').stale).toBe(true);
  });
});
