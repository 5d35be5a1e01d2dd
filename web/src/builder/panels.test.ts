import { describe, expect, it } from "vitest";
import { serverProblem } from "./fields.ts";
import { headersOf, headersProblem, urlProblem } from "./functions-panel.ts";
import { sitesProblem } from "./page-settings.ts";
import { problemFrom } from "./preview.ts";
import { snippets } from "./publish-dialog.ts";
import { variableNameProblem } from "./variables-panel.ts";

describe("what fields take", () => {
  it("takes addresses of SIP servers over WebSocket only", () => {
    for (const good of ["", "wss://sip.example.com", "ws://localhost:8080/sip"])
      expect(serverProblem(good)).toBe("");
    for (const bad of ["sip.example.com", "https://sip.example.com", "wss://a.example,wss://b.example"]) {
      expect(serverProblem(bad), bad).not.toBe("");
    }
  });

  it("takes URLs with placeholders behind the host", () => {
    for (const good of ["https://api.example.com/{{data.from}}?k={{env.KEY}}", "http://localhost:9/x"]) {
      expect(urlProblem(good), good).toBe("");
    }
    for (const bad of ["api.example.com", "https://{{env.HOST}}/x", "ftp://a.example", "https://"]) {
      expect(urlProblem(bad), bad).not.toBe("");
    }
  });

  it("reads headers, one in each line", () => {
    expect(headersOf("Authorization: Bearer {{env.TOKEN}}\n\nX-A: b:c")).toEqual([
      { name: "Authorization", value: "Bearer {{env.TOKEN}}" },
      { name: "X-A", value: "b:c" },
    ]);
    expect(headersProblem("Accept: text/plain")).toBe("");
    expect(headersProblem("no header")).toContain("“no header”");
    expect(headersProblem("X:\n")).toContain("“X”");
  });

  it("takes sites as the policy of frames names them", () => {
    expect(sitesProblem("https://www.example.com/\nhttps://*.example.org *")).toBe("");
    expect(sitesProblem("https://www.example.com/path")).toContain("no site");
    expect(sitesProblem("www.example.com")).toContain("no site");
  });

  it("takes names of variables once", () => {
    expect(variableNameProblem("GREETING", [])).toBe("");
    expect(variableNameProblem("GREETING", ["GREETING"])).toContain("used already");
    expect(variableNameProblem("1ST", [])).toContain("starts with");
  });
});

describe("what a preview tells", () => {
  it("is read with bounds", () => {
    expect(
      problemFrom({ webphone: "problem", action: "mounted", line: 3, message: "x".repeat(5000) }),
    ).toEqual({
      action: "mounted",
      line: 3,
      message: "x".repeat(1000),
    });
    expect(problemFrom({ webphone: "problem", message: "no place", line: "3", action: 4 })).toEqual({
      message: "no place",
    });
  });

  it("is nothing else", () => {
    for (const data of [
      null,
      "problem",
      3,
      {},
      { webphone: "problem" },
      { webphone: "ready", message: "a" },
    ]) {
      expect(problemFrom(data)).toBeUndefined();
    }
  });
});

describe("what other sites embed", () => {
  it("has no markup of the title's", () => {
    const { script, launcher, frame } = snippets("https://phone.example.com", "help", `"><script>`);
    expect(script).toBe('<script src="https://phone.example.com/embed.js" data-page="help" async></script>');
    expect(launcher).toContain('data-page="help" data-launcher="Call us" async');
    expect(frame).toContain('title="&#34;&#62;&#60;script&#62;"');
    expect(frame).toContain(
      'allow="microphone; camera; autoplay; display-capture; speaker-selection; fullscreen"',
    );
  });
});
