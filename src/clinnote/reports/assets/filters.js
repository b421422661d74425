// Filters: ticks, lists and words. A count beside an option says how many cards it would show with all others as they are.
const STATES = { all: "All", open: "To review", done: "Reviewed", disputed: "Reviewers disagree", muted: "Muted by a rule" };
const TICKS = { severities: "severity", kinds: "kind", sources: "source" };
const LISTS = { site: "All sites", reader: "All readers" };

function cardFilters(cards, words, book) {
  const titles = { severities: words.severities, kinds: words.kinds, sources: Object.fromEntries([...new Set(cards.map((card) => card.source))].sort().map((name) => [name, name])) };
  const hays = new Map();

  function hay(card) {
    if (!hays.has(card.id)) {
      const rows = card.image && card.image.rows ? card.image.rows.map((row) => row[1]) : [];
      const quotes = [card.text, card.image].flatMap((claim) => (claim && claim.quote ? [claim.quote.map((part) => part[0]).join(""), claim.section] : []));
      const parts = [card.headline.map((part) => part[0]).join(""), card.explanation, card.site, card.study, card.note, card.id, card.reader, words.kinds[card.kind], ...rows, ...quotes];
      hays.set(card.id, parts.filter(Boolean).join(" ").toLowerCase());
    }
    return hays.get(card.id);
  }

  const states = {
    all: () => true,
    open: (card) => !book.own(card.id) && !card.muted,
    done: (card) => book.outcome(card.id) !== null,
    disputed: (card) => book.outcome(card.id) === "disputed",
    muted: (card) => Boolean(card.muted),
  };

  const ticked = (id) => new Set([...at(id).querySelectorAll("input:checked")].map((box) => box.value));
  function wanted() {
    return { query: at("query").value.toLowerCase().split(/\s+/).filter(Boolean), severity: ticked("severities"), kind: ticked("kinds"), source: ticked("sources"), site: at("site").value, reader: at("reader").value, state: at("state").value };
  }

  const tests = {
    query: (card, want) => want.query.every((word) => hay(card).includes(word)),
    severity: (card, want) => !want.severity.size || want.severity.has(card.severity),
    kind: (card, want) => !want.kind.size || want.kind.has(card.kind),
    source: (card, want) => !want.source.size || want.source.has(card.source),
    site: (card, want) => !want.site || card.site === want.site,
    reader: (card, want) => !want.reader || card.reader === want.reader,
    state: (card, want) => states[want.state](card),
  };

  function passing(want, except) {
    const active = Object.entries(tests).filter(([name]) => name !== except).map(([, test]) => test);
    return cards.filter((card) => active.every((test) => test(card, want)));
  }

  function count() {
    const want = wanted();
    for (const [id, name] of Object.entries(TICKS)) {
      const counts = tally(passing(want, name), (card) => [card[name]]);
      for (const option of at(id).querySelectorAll(".option")) {
        const n = counts.get(option.querySelector("input").value) || 0;
        option.querySelector(".n").textContent = number(n);
        option.classList.toggle("none", n === 0);
      }
    }
    for (const [id, all] of Object.entries(LISTS)) {
      const found = passing(want, id);
      const counts = tally(found, (card) => [card[id]]);
      for (const option of at(id).options) option.textContent = `${option.value || all} (${number(option.value ? counts.get(option.value) || 0 : found.length)})`;
    }
    const found = passing(want, "state");
    for (const option of at("state").options) option.textContent = `${STATES[option.value]} (${number(found.filter(states[option.value]).length)})`;
  }

  for (const [id, name] of Object.entries(TICKS)) {
    const present = tally(cards, (card) => [card[name]]);
    at(id).append(...Object.entries(titles[id]).filter(([value]) => present.has(value)).map(([value, title]) => optionOf(value, title)));
  }
  for (const id of Object.keys(LISTS)) {
    const present = [...new Set(cards.map((card) => card[id]))].sort();
    at(id).append(el("option", { value: "" }), ...present.map((value) => el("option", { value })));
    at(id).closest("label").hidden = present.length < 2;
  }
  at("sources").hidden = at("sources").querySelectorAll("input").length < 2;
  at("state").append(...Object.keys(STATES).map((value) => el("option", { value })));
  return { count, passing: () => passing(wanted(), null) };
}
