import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { xmlElement, xmlText } from "./xml.ts";

test("values are written as the query protocol writes them", () => {
  const value = {
    List: ["a", { B: 1 }],
    None: undefined,
    Null: null,
    Flag: false,
    When: new Date(1_573_306_481_250),
    Empty: [],
    Map: new Map([["a", 1]]),
  };
  assert.equal(
    xmlElement("Result", value),
    "<Result><List><member>a</member><member><B>1</B></member></List><Flag>false</Flag>" +
      "<When>2019-11-09T13:34:41Z</When><Empty></Empty><Map><entry><key>a</key><value>1</value></entry></Map></Result>",
  );
});

test("text never opens or closes anything, and is always valid XML", () => {
  assert.equal(xmlText(`<a b="c">&'\u0001\ud800\r`), "&lt;a b=&quot;c&quot;&gt;&amp;&apos;\ufffd\ufffd&#13;");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const written = xmlText(text);
      assert.match(written, /^[^<>"'\r]*$/);
      assert.match(written, /^[\t\n\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u);
    }),
  );
});
