// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { AUDIO } from "../../media/fake.ts";
import { FAR, answerAll } from "../../sip/fake.ts";
import type { FakeServer } from "../../sip/fake.ts";
import type { SipRequest } from "../../sip/message.ts";
import { desk } from "./fake.ts";

/** Calls to one number are refused; the rest are taken. */
const refusing = (number: string, status: number) => (message: SipRequest, server: FakeServer) => {
  if (message.method !== "INVITE") answerAll(message, server);
  else if (message.uri.includes(number)) server.respond(message, status, [FAR]);
  else server.respond(message, 200, [FAR], AUDIO);
};

/** How the other side says that a transfer went. */
let sequence = 0;
const reached = (server: FakeServer, refer: SipRequest, status: number) => {
  const notify = server.within(refer, "NOTIFY", ++sequence, [
    ["Event", "refer"],
    ["Subscription-State", "terminated;reason=noresource"],
    ["Content-Type", "message/sipfrag"],
  ]);
  server.give({ ...notify, body: `SIP/2.0 ${status} So\r\n` });
};

describe("the banner", () => {
  it("is not there with one call", async () => {
    const d = desk();
    await d.call("1002");
    expect(d.part("banner")).toBeNull();
  });

  it("says once, and assertively, who waits; the call that is up stays on the screen", async () => {
    const d = desk();
    const first = await d.call("1002");
    await d.ring("Ann", "1003");
    expect(d.shown).toBe(first);
    expect(d.buttons()).toEqual(["banner-call", "waiting-decline", "waiting-answer"]);
    const alert = d.root.querySelector("[role=alert]")!;
    expect(alert.textContent!.trim()).toBe("Ann is calling");
    await d.draw();
    expect(d.root.querySelector("[role=alert]")).toBe(alert);
    expect(d.part("waiting-answer")!.getAttribute("aria-label")).toBe("Answer Ann");
  });

  it("answers the call that waits and puts the other one on hold", async () => {
    const d = desk();
    const first = await d.call("1002");
    const second = await d.ring("Ann", "1003");
    await d.press("waiting-answer");
    expect([first.state, second.answerTime !== null]).toEqual(["held", true]);
    expect(d.shown).toBe(second);
    expect(d.part("banner")!.textContent).toContain("on hold");
  });

  it("declines the call that waits and leaves the other one alone", async () => {
    const d = desk();
    const first = await d.call("1002");
    await d.ring("Ann", "1003");
    await d.press("waiting-decline");
    expect(d.bench.server.lastResponse("INVITE").status).toBe(603);
    expect([d.bench.phone.calls, first.state]).toEqual([[first], "active"]);
    expect(d.part("banner")).toBeNull();
  });

  it("has no button that the host page hides, and is not there when nothing is left of it", async () => {
    const d = desk();
    await d.call("1002");
    await d.ring("Ann", "1003");
    d.hidden.add("answer");
    await d.draw();
    expect(d.buttons()).toEqual(["banner-call", "waiting-decline"]);
    d.hidden.add("hang-up").add("status");
    await d.draw();
    expect(d.part("banner")).toBeNull();
  });

  it("swaps two calls: one is on hold at any time", async () => {
    const d = desk();
    const first = await d.call("1002");
    const second = await d.call("1003");
    expect([first.state, second.state]).toEqual(["held", "active"]);
    await d.press("swap");
    expect([first.state, second.state]).toEqual(["active", "held"]);
    expect(d.shown).toBe(first);
  });

  it("shows what rings before what is on hold, the longest first, and how many more there are", async () => {
    const d = desk();
    await d.call("1002");
    await d.ring("Ann", "1004");
    await d.ring("Bob", "1005");
    expect(d.part("banner-call")!.textContent).toContain("Ann");
    await d.bench.phone.calls.at(-1)!.hangup();
    await d.call("1003");
    expect(d.part("banner-call")!.textContent!.replace(/\s+/g, " ")).toContain("Annis calling, 1 more");
    await d.press("banner-call");
    expect(d.root.querySelectorAll("[part=call]")).toHaveLength(3);
  });

  it("offers to merge only where there is a place for it", async () => {
    const without = desk();
    await without.call("1002");
    await without.call("1003");
    expect(without.buttons()).not.toContain("merge");
    const d = desk({ conference: "3000" });
    await d.call("1002");
    await d.call("1003");
    expect(d.buttons()).toContain("merge");
  });
});

describe("merging", () => {
  it("calls the conference, and sends every other call there once it is up", async () => {
    const d = desk({ conference: "3000" });
    await d.call("1002");
    await d.call("1003");
    await d.press("merge");
    const refers = d.bench.server.got("REFER");
    expect(refers.map(({ fields }) => fields.get("Refer-To"))).toEqual([
      "<sip:3000@example.com>",
      "<sip:3000@example.com>",
    ]);
    for (const refer of refers) reached(d.bench.server, refer, 200);
    await d.draw();
    expect(d.bench.phone.calls.map(({ to }) => to)).toEqual(["3000"]);
  });

  it("leaves a call that can't be sent there on hold, and says which", async () => {
    const d = desk({ conference: "3000" });
    const first = await d.call("1002");
    await d.call("1003");
    await d.press("merge");
    const [one, two] = d.bench.server.got("REFER");
    reached(d.bench.server, one!, 486);
    reached(d.bench.server, two!, 200);
    await d.draw();
    expect(first.state).toBe("held");
    expect(d.bench.phone.calls.map(({ to }) => to)).toEqual(["1002", "3000"]);
    expect(d.said.at(-1)).toBe("1002 could not be merged and is still on hold. Merge again.");
  });

  it("goes on with the last call when the conference does not answer", async () => {
    const d = desk({ conference: "3000" }, refusing("3000", 486));
    await d.call("1002");
    const second = await d.call("1003");
    await d.press("merge");
    await d.draw();
    expect(d.bench.server.got("REFER")).toHaveLength(0);
    expect(second.state).toBe("active");
    expect(d.said.at(-1)).toMatch(/busy/i);
  });
});

describe("asking first", () => {
  const ask = async (d: ReturnType<typeof desk>, number: string) => {
    d.panel = "transfer";
    await d.draw();
    const field = d.part("transfer-target") as HTMLInputElement;
    field.value = number;
    field.dispatchEvent(new Event("input"));
    await d.press("transfer-ask");
  };

  it("calls the target with the call on hold, and then offers to complete, to swap and to go back", async () => {
    const d = desk();
    const first = await d.call("1002");
    await ask(d, "1003");
    expect(d.panel).toBeNull();
    expect([first.state, d.bench.phone.call!.to]).toEqual(["held", "1003"]);
    expect(d.buttons()).toEqual(["banner-call", "swap", "back", "complete-transfer"]);
    expect(d.part("back")!.getAttribute("aria-label")).toBe("Back to 1002");
  });

  it("completes by sending the first call to the second one's dialog", async () => {
    const d = desk();
    const first = await d.call("1002");
    await ask(d, "1003");
    await d.press("complete-transfer");
    const refer = d.bench.server.last("REFER");
    expect(refer.fields.get("Call-ID")).toBe(d.bench.server.got("INVITE")[0]!.fields.get("Call-ID"));
    expect(refer.fields.get("Refer-To")).toMatch(/^<sip:1003@example\.com\?Replaces=/);
    reached(d.bench.server, refer, 200);
    await d.draw();
    expect(d.bench.phone.calls).not.toContain(first);
  });

  it("goes back: the second call ends and the first one goes on", async () => {
    const d = desk();
    const first = await d.call("1002");
    await ask(d, "1003");
    await d.press("back");
    await d.draw();
    expect([d.bench.phone.calls, first.state]).toEqual([[first], "active"]);
    expect(d.part("banner")).toBeNull();
  });

  it("leaves an ordinary call on hold when the one that is asked is busy", async () => {
    const d = desk({}, refusing("1003", 486));
    const first = await d.call("1002");
    await ask(d, "1003");
    await d.draw();
    expect([d.bench.phone.calls, first.state]).toEqual([[first], "held"]);
    await d.call("1004");
    expect(d.buttons()).toEqual(["banner-call", "swap"]);
  });
});

describe("the panel of a transfer", () => {
  const enter = async (d: ReturnType<typeof desk>, number: string) => {
    const field = d.part("transfer-target") as HTMLInputElement;
    field.value = number;
    field.dispatchEvent(new Event("input"));
    await d.draw();
  };
  const opened = async (contacts: { name: string; number: string }[] = []) => {
    const d = desk({}, undefined, contacts);
    const call = await d.call("1002");
    d.panel = "transfer";
    await d.draw();
    return { d, call };
  };

  it("transfers to what was entered, as a person writes it, and closes", async () => {
    const { d } = await opened();
    await enter(d, '"Bob" <sip:bob@example.com>');
    d.root.querySelector("form")!.requestSubmit();
    await d.draw();
    const refer = d.bench.server.last("REFER");
    expect(refer.fields.get("Refer-To")).toBe("<sip:bob@example.com>");
    expect(d.part("transfer-now")!.getAttribute("aria-disabled")).toBe("true");
    reached(d.bench.server, refer, 200);
    await d.draw();
    await d.draw();
    expect([d.panel, d.bench.phone.calls.length]).toEqual([null, 0]);
  });

  it("says why a transfer failed, and the call goes on", async () => {
    const { d, call } = await opened();
    await enter(d, "1003");
    d.root.querySelector("form")!.requestSubmit();
    await d.draw();
    reached(d.bench.server, d.bench.server.last("REFER"), 404);
    await d.draw();
    expect(d.panel).toBe("transfer");
    expect(d.root.querySelector("[role=alert]")!.textContent).toMatch(/does not exist/);
    expect(call.state).toBe("active");
  });

  it("asks for a number when there is none", async () => {
    const { d } = await opened();
    d.root.querySelector("form")!.requestSubmit();
    await d.draw();
    expect(d.root.querySelector("[role=alert]")!.textContent).toContain("Enter the number");
    expect(d.bench.server.got("REFER")).toHaveLength(0);
  });

  it("takes digits from its keypad and numbers from the contacts", async () => {
    const { d } = await opened([
      { name: "Ann Able", number: "1044" },
      { name: "Bob", number: "2000" },
    ]);
    d.root.querySelectorAll<HTMLElement>("[part=key]")[0]!.click();
    await d.draw();
    const field = d.part("transfer-target") as HTMLInputElement;
    expect(field.value).toBe("1");
    expect(d.root.querySelectorAll("[part=transfer-contact]")).toHaveLength(1);
    await d.press("transfer-contact");
    expect(field.value).toBe("1044");
  });

  it("joins the call with another one", async () => {
    const d = desk();
    await d.call("1002");
    await d.call("1003");
    d.panel = "transfer";
    await d.draw();
    expect(d.part("transfer-join")!.textContent!.trim()).toBe("Join with 1002");
    await d.press("transfer-join");
    expect(d.bench.server.last("REFER").fields.get("Refer-To")).toMatch(/1003@example\.com\?Replaces=/);
  });

  it("is about the call that it was opened for, and goes when another one is taken", async () => {
    const d = desk();
    const first = await d.call("1002");
    await d.call("1003");
    d.panel = "transfer";
    await d.draw();
    expect(d.part("panel")!.getAttribute("aria-label")).toBe("Transfer 1003");
    await first.unhold();
    await d.draw();
    expect(d.panel).toBeNull();
  });

  it("goes with its call", async () => {
    const { d, call } = await opened();
    await call.hangup();
    await d.draw();
    await d.draw();
    expect(d.panel).toBeNull();
  });
});
