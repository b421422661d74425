"use strict";
// Everything from the records enters the page as text nodes or attributes that hold no code: never as markup.
const SVG = "http://www.w3.org/2000/svg";
const at = (id) => document.getElementById(id);
const number = (n) => n.toLocaleString("en");
const compare = (a, b) => (a < b ? -1 : Number(a > b));

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function rowsOf(rows) {
  return el("dl", { class: "rows" }, ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function optionOf(value, title) {
  return el("label", { class: "option" }, el("input", { type: "checkbox", value }), el("span", {}, title), el("span", { class: "n" }));
}

// How many of these there are for each key; a card may have several keys.
function tally(found, keys) {
  const counts = new Map();
  for (const item of found) for (const key of keys(item)) counts.set(key, (counts.get(key) || 0) + 1);
  return counts;
}
