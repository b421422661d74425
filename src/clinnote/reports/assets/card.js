// One conflict as an article: the verdict line, the quote, the other claim, the drawing, the doubts, the buttons.
function cardOf(card, words, verdict) {
  const inside = card.image && card.image.kind === "text";
  const letters = inside ? { text: "1", image: "2" } : { text: "T", image: "I" };
  const names = inside ? sectionNames(card) : { text: "Text", image: "Image label" };
  const title = el("h3", { id: `title-${card.id}` }, ...card.headline.map(([said, role]) => (role ? el("b", { class: role }, said) : said)));
  return el("article", { class: `card ${card.severity}`, tabindex: "-1", "aria-labelledby": `title-${card.id}`, "data-id": card.id },
    metaOf(card, words), title,
    el("div", { class: "body" },
      el("div", {}, claimOf(card.text, "text", letters, names), claimOf(card.image, "image", letters, names), tallyOf(card), trapsOf(card), othersOf(card), factsOf(card)),
      card.drawing && card.drawing.marks.length ? drawingOf(card, letters, names) : null),
    verdictsOf(words, verdict));
}

// Two mentions of one report are called by their sections, or by their order where those do not differ.
function sectionNames(card) {
  const [text, image] = [card.text, card.image].map((claim) => claim.section.charAt(0).toUpperCase() + claim.section.slice(1));
  return text === image ? { text: "One sentence", image: "Another sentence" } : { text, image };
}

function metaOf(card, words) {
  const percent = `${Math.round(100 * card.confidence)} %`;
  const bar = svg("svg", { class: "bar", viewBox: "0 0 54 6", "aria-hidden": "true" }, svg("rect", { width: 54 * card.confidence, height: 6, rx: 3 }));
  return el("p", { class: "meta" },
    el("span", { class: "severity" }, words.severities[card.severity]),
    el("span", {}, words.kinds[card.kind]),
    el("span", { class: "end" }, `Confidence ${percent}`, bar));
}

function claimOf(claim, role, letters, names) {
  if (!claim) return null;
  if (claim.kind === "label") {
    return el("section", { class: "claim second" }, el("h4", {}, badge(role, letters), "What the image label says"), rowsOf(claim.rows));
  }
  const where = `${names[role].toLowerCase() === claim.section ? "" : `${claim.section}, `}characters ${claim.start}–${claim.end}`;
  const quote = claim.quote.map(([said, roles]) => (roles.length ? el("mark", { class: roles.join(" "), title: roles.join(", ") }, said) : said));
  const marks = claim.marks.map(([name, start, end]) => `${name} ${start}–${end}`).join(" · ");
  return el("section", { class: role === "image" ? "claim second" : "claim" },
    el("h4", {}, badge(role, letters), role === "image" || letters.text === "1" ? names[role] : "What the report says", el("small", {}, where)),
    el("blockquote", {}, ...quote), marks ? el("p", { class: "legend" }, marks) : null);
}

function trapsOf(card) {
  if (!card.traps.length) return null;
  return el("section", { class: "traps" }, el("h4", {}, "Why this might be a false alarm"), el("ul", {}, ...card.traps.map((trap) => el("li", {}, trap))));
}

function tallyOf(card) {
  return card.tally ? el("p", { class: "tally" }, `Mentions of the finding in the report that give a side: ${card.tally}`) : null;
}

function othersOf(card) {
  if (!card.others.length) return null;
  const counts = new Map();
  for (const [side] of card.others) counts.set(side, (counts.get(side) || 0) + 1);
  const summary = [...counts].map(([side, n]) => `${n} ${side}`).join(", ");
  const items = card.others.map(([side, section, quote]) => el("li", {}, `${side}${section ? ` (${section})` : ""}: ${quote}`));
  return el("details", { class: "more" }, el("summary", {}, `Other mentions of the finding: ${summary}`), el("ul", {}, ...items));
}

function factsOf(card) {
  return el("details", { class: "more" }, el("summary", {}, `Study ${short(card.study)}, note ${short(card.note)}`), rowsOf(card.facts));
}

function short(name) {
  if (!name) return "not stated";
  return name.length > 28 ? `…${name.slice(-14)}` : name;
}

function verdictsOf(words, verdict) {
  const buttons = Object.entries(words.verdicts).map(([value, title], i) =>
    el("button", { type: "button", "data-verdict": value, "aria-pressed": String(verdict !== null && verdict.value === value) }, el("kbd", {}, String(i + 1)), title));
  const group = el("div", { class: "verdicts", role: "group", "aria-label": "Verdict" }, ...buttons);
  if (verdict !== null) group.append(reasonOf(words, verdict));
  return group;
}

function reasonOf(words, verdict) {
  if (verdict.value !== "not_a_conflict") {
    const note = el("input", { type: "text", class: "reason", placeholder: "Note, optional", "aria-label": "Note on the verdict" });
    note.value = verdict.reason || "";
    return note;
  }
  const known = verdict.reason && !words.reasons.includes(verdict.reason) ? [verdict.reason] : [];
  const choice = el("select", { class: "reason", "aria-label": "Why it is not a conflict" },
    el("option", { value: "" }, "Why? (optional)"), ...[...words.reasons, ...known].map((reason) => el("option", { value: reason }, reason)));
  choice.value = verdict.reason || "";
  return choice;
}
