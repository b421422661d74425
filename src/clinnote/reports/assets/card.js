// One conflict as an article: the verdict line, the quote, the other claim, the drawing, the doubts, the buttons.
function cardOf(card, words, outlines, book) {
  const inside = card.image && card.image.kind === "text";
  const letters = inside ? { text: "1", image: "2" } : { text: "T", image: "I" };
  const names = inside ? sectionNames(card) : { text: "Report", image: "Image label" };
  const title = el("h3", { id: `title-${card.id}` }, ...card.headline.map(([said, role]) => (role ? el("b", { class: role }, said) : said)));
  return el("article", { class: `card ${card.severity}${card.muted ? " muted" : ""}`, tabindex: "-1", "aria-labelledby": `title-${card.id}`, "data-id": card.id },
    metaOf(card, words), title,
    el("div", { class: "body" },
      el("div", {}, claimOf(card.text, "text", letters, names), claimOf(card.image, "image", letters, names), sameOf(card), trapsOf(card), othersOf(card), factsOf(card)),
      card.drawing && card.drawing.marks.length ? drawingOf(card, letters, names, outlines) : null),
    verdictsOf(card, words, book));
}

// Two mentions of one report are called by their sections, or by their order where those do not differ.
function sectionNames(card) {
  const [text, image] = [card.text, card.image].map((claim) => capital(claim.section));
  return text === image ? { text: "One sentence", image: "Another sentence" } : { text, image };
}

function metaOf(card, words) {
  const percent = `${Math.round(100 * card.confidence)} %`;
  const bar = svg("svg", { class: "bar", viewBox: "0 0 54 6", "aria-hidden": "true" }, svg("rect", { width: 54 * card.confidence, height: 6, rx: 3 }));
  return el("p", { class: "meta" },
    el("span", { class: "severity" }, words.severities[card.severity]),
    el("span", {}, words.kinds[card.kind]),
    card.muted ? el("span", { class: "muting" }, card.muted) : null,
    el("span", { class: "end" }, `Confidence ${percent}`, bar));
}

function claimOf(claim, role, letters, names) {
  if (!claim) return null;
  if (claim.kind === "label") {
    return el("section", { class: "claim second" }, el("h4", {}, badge(role, letters), "What the image label says"), rowsOf(claim.rows));
  }
  const where = names[role].toLowerCase() === claim.section ? null : el("small", {}, claim.section);
  return el("section", { class: role === "image" ? "claim second" : "claim" },
    el("h4", {}, badge(role, letters), role === "image" || letters.text === "1" ? names[role] : "What the report says", where),
    el("blockquote", {}, ...markedOf(claim.quote)),
    claim.stated ? el("p", { class: "stated" }, "Its side stands in: ", el("q", {}, ...markedOf(claim.stated))) : null);
}

function markedOf(quote) {
  return quote.map(([said, roles]) => (roles.length ? el("mark", { class: roles.join(" "), title: roles.join(", ") }, said) : said));
}

function trapsOf(card) {
  if (!card.traps.length) return null;
  return el("section", { class: "traps" }, el("h4", {}, "Why this might be a false alarm"), el("ul", {}, ...card.traps.map((trap) => el("li", {}, capital(trap)))));
}

const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

// Do the two sides belong together: study and day; and what does the whole report say?
function sameOf(card) {
  const signs = { ok: "✓", warn: "⚠" };
  const parts = card.same.map(([said, state]) => el("span", { class: `same ${state}` }, signs[state] ? `${signs[state]} ${said}` : said));
  if (card.tally) parts.push(el("span", { class: "same tally" }, `Mentions that give a side: ${card.tally}`));
  return parts.length ? el("p", { class: "checks" }, ...parts) : null;
}

function othersOf(card) {
  if (!card.others.length) return null;
  const counts = tally(card.others, ([said]) => [said]);
  const summary = [...counts].map(([said, n]) => `${n} ${said}`).join(", ");
  const items = card.others.map(([said, section, quote]) => el("li", {}, el("strong", {}, said), section ? ` (${section}): ` : ": ", quote));
  return el("details", { class: "more" }, el("summary", {}, `Other mentions of the finding: ${summary}`), el("ul", {}, ...items));
}

function factsOf(card) {
  return el("details", { class: "more" }, el("summary", {}, `Study ${short(card.study)}, note ${short(card.note)}`), rowsOf(card.facts));
}

function short(name) {
  if (!name) return "not stated";
  return name.length > 28 ? `…${name.slice(-14)}` : name;
}

function verdictsOf(card, words, book) {
  const verdict = book.own(card.id);
  const buttons = Object.entries(words.verdicts).map(([value, title], i) =>
    el("button", { type: "button", "data-verdict": value, "data-part": value, "aria-pressed": String(verdict !== null && verdict.value === value) }, el("kbd", { "aria-hidden": "true" }, String(i + 1)), title));
  const group = el("div", { class: "verdicts", role: "group", "aria-label": "Verdict" }, ...buttons);
  if (verdict !== null) group.append(reasonOf(words, verdict), commentOf(verdict));
  for (const [by, other] of book.others(card.id)) group.append(otherOf(words, by, other));
  if (book.outcome(card.id) === "disputed") group.append(el("p", { class: "disputed" }, "Reviewers disagree"));
  return group;
}

function reasonOf(words, verdict) {
  const fitting = words.reasons.filter(([, , values]) => values.includes(verdict.value));
  const known = !verdict.reason || fitting.some(([code]) => code === verdict.reason) ? [] : [[verdict.reason, verdict.reason]];
  const choice = el("select", { class: "reason", "data-part": "reason", "aria-label": "Reason for the verdict" },
    el("option", { value: "" }, "Reason (optional)"), ...[...fitting, ...known].map(([code, title]) => el("option", { value: code }, title)));
  choice.value = verdict.reason || "";
  return choice;
}

function commentOf(verdict) {
  const note = el("input", { type: "text", class: "comment", maxlength: 300, "data-part": "comment", placeholder: "Comment (optional)", "aria-label": "Comment on the verdict" });
  note.value = verdict.comment || "";
  return note;
}

function otherOf(words, by, verdict) {
  const reason = words.reasons.find(([code]) => code === verdict.reason);
  const why = [reason ? reason[1] : verdict.reason, verdict.comment].filter(Boolean).join("; ");
  return el("p", { class: "other" }, el("strong", {}, by || "Without a name"), ` ${words.verdicts[verdict.value]}${why ? ` (${why})` : ""}`);
}
