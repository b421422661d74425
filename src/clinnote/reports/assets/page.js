// Filters, counts, keyboard and verdicts. Cards are made when they come near the screen.
(function page() {
  const { cards, words } = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const BATCH = 25;
  const STORE = "clinnote:verdicts";
  const OPEN = { all: "All", open: "To review", done: "Reviewed" };
  const list = at("cards");
  const verdicts = load();
  let shown = cards;
  let drawn = 0;
  let current = -1;

  for (const card of cards) card.hay = haystack(card);

  function haystack(card) {
    const rows = card.image && card.image.rows ? card.image.rows.map((row) => row[1]) : [];
    const quotes = [card.text, card.image].flatMap((claim) => (claim && claim.quote ? [claim.quote.map((part) => part[0]).join(""), claim.section] : []));
    const parts = [card.headline.map((part) => part[0]).join(""), card.explanation, card.site, card.study, card.note, card.id, words.kinds[card.kind], ...rows, ...quotes];
    return parts.filter(Boolean).join(" ").toLowerCase();
  }

  // Verdicts: an id, a decision and a reason; no words of the report are stored.
  function load() {
    const kept = new Map(cards.filter((card) => card.verdict).map((card) => [card.id, card.verdict]));
    try {
      for (const [id, verdict] of Object.entries(JSON.parse(localStorage.getItem(STORE)) || {})) kept.set(id, verdict);
    } catch { /* storage is shut off: verdicts live until the page is closed */ }
    return kept;
  }

  function save() {
    try {
      localStorage.setItem(STORE, JSON.stringify(Object.fromEntries(verdicts)));
    } catch { /* as above */ }
  }

  function verdictOf(id) {
    const verdict = verdicts.get(id);
    return verdict && verdict.value ? verdict : null;
  }

  function decide(id, value) {
    const now = verdictOf(id);
    const by = at("reviewer").value.trim() || null;
    verdicts.set(id, now && now.value === value ? { value: null } : { value, reason: null, by, at: new Date().toISOString() });
    save();
    refresh(id);
  }

  function refresh(id) {
    const old = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
    const held = old && old.contains(document.activeElement) ? document.activeElement.dataset.verdict : null;
    if (old) {
      const fresh = verdictsOf(words, verdictOf(id));
      old.querySelector(".verdicts").replaceWith(fresh);
      if (held) fresh.querySelector(`[data-verdict="${held}"]`).focus();
    }
    count();
  }

  function jsonl() {
    const lines = [];
    for (const card of cards) {
      const verdict = verdictOf(card.id);
      if (verdict) {
        lines.push(JSON.stringify({ id: card.id, kind: card.kind, severity: card.severity, confidence: card.confidence, explanation: card.explanation, study_id: card.study, note_id: card.note, verdict }));
      }
    }
    return lines.map((line) => `${line}\n`).join("");
  }

  function exportAll() {
    const url = URL.createObjectURL(new Blob([jsonl()], { type: "application/x-ndjson" }));
    const link = el("a", { href: url, download: "verdicts.jsonl" });
    document.body.append(link);
    link.click();
    link.remove();
    URL.revokeObjectURL(url);
  }

  // Filters
  const ticked = (id) => new Set([...at(id).querySelectorAll("input:checked")].map((box) => box.value));
  function wanted() {
    return { query: at("query").value.toLowerCase().split(/\s+/).filter(Boolean), severity: ticked("severities"), kind: ticked("kinds"), site: at("site").value, state: at("state").value };
  }

  const tests = {
    query: (card, want) => want.query.every((word) => card.hay.includes(word)),
    severity: (card, want) => !want.severity.size || want.severity.has(card.severity),
    kind: (card, want) => !want.kind.size || want.kind.has(card.kind),
    site: (card, want) => !want.site || card.site === want.site,
    state: (card, want) => want.state === "all" || (want.state === "done") === (verdictOf(card.id) !== null),
  };

  function passing(want, except) {
    const active = Object.entries(tests).filter(([name]) => name !== except).map(([, test]) => test);
    return cards.filter((card) => active.every((test) => test(card, want)));
  }

  function tally(found, key) {
    const counts = new Map();
    for (const card of found) counts.set(key(card), (counts.get(key(card)) || 0) + 1);
    return counts;
  }

  // A count beside an option says how many cards it would show with all the other filters as they are.
  function count() {
    const want = wanted();
    for (const [id, name] of [["severities", "severity"], ["kinds", "kind"]]) {
      const counts = tally(passing(want, name), (card) => card[name]);
      for (const option of at(id).querySelectorAll(".option")) {
        const n = counts.get(option.querySelector("input").value) || 0;
        option.querySelector(".n").textContent = n.toLocaleString("en");
        option.classList.toggle("none", n === 0);
      }
    }
    const sites = passing(want, "site");
    const bySite = tally(sites, (card) => card.site);
    for (const option of at("site").options) {
      const n = option.value ? bySite.get(option.value) || 0 : sites.length;
      option.textContent = `${option.value || "All sites"} (${n.toLocaleString("en")})`;
    }
    const states = passing(want, "state");
    const done = states.filter((card) => verdictOf(card.id) !== null).length;
    const byState = { all: states.length, open: states.length - done, done };
    for (const option of at("state").options) option.textContent = `${OPEN[option.value]} (${byState[option.value].toLocaleString("en")})`;
    const decided = cards.filter((card) => verdictOf(card.id) !== null).length;
    at("progress").textContent = `${decided.toLocaleString("en")} of ${cards.length.toLocaleString("en")} decided`;
  }

  function apply() {
    shown = passing(wanted(), null);
    list.replaceChildren();
    drawn = 0;
    current = -1;
    draw(BATCH);
    count();
    const total = cards.length.toLocaleString("en");
    const n = shown.length.toLocaleString("en");
    const plural = cards.length === 1 ? "conflict" : "conflicts";
    at("shown").textContent = !shown.length ? `None of the ${total} ${plural} fits these filters` : shown.length === cards.length ? `${total} ${plural}` : `${n} of ${total} ${plural}`;
  }

  function draw(upTo) {
    const batch = document.createDocumentFragment();
    for (; drawn < Math.min(upTo, shown.length); drawn += 1) {
      const item = { "aria-posinset": drawn + 1, "aria-setsize": shown.length };
      batch.append(el("li", item, cardOf(shown[drawn], words, verdictOf(shown[drawn].id))));
    }
    list.append(batch);
  }

  function go(to) {
    if (!shown.length) return;
    const index = Math.max(0, Math.min(to, shown.length - 1));
    if (index >= drawn) draw(index + BATCH);
    mark(index);
    const card = list.children[index].firstElementChild;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "start" });
  }

  function mark(index) {
    const old = list.querySelector(".current");
    if (old) old.classList.remove("current");
    current = index;
    list.children[index].firstElementChild.classList.add("current");
  }

  const KEYS = { j: () => go(current + 1), k: () => go(current - 1), "/": () => at("query").focus() };
  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const values = Object.keys(words.verdicts);
    if (KEYS[event.key]) KEYS[event.key]();
    else if (current >= 0 && values[Number(event.key) - 1]) decide(shown[current].id, values[Number(event.key) - 1]);
    else return;
    event.preventDefault();
  }

  function options(id, name, titles) {
    const present = tally(cards, (card) => card[name]);
    for (const [value, title] of Object.entries(titles)) {
      if (present.has(value)) at(id).append(el("label", { class: "option" }, el("input", { type: "checkbox", value }), el("span", {}, title), el("span", { class: "n" })));
    }
  }

  options("severities", "severity", words.severities);
  options("kinds", "kind", words.kinds);
  const sites = [...new Set(cards.map((card) => card.site))].sort();
  at("site").append(el("option", { value: "" }), ...sites.map((value) => el("option", { value })));
  at("state").append(...Object.keys(OPEN).map((value) => el("option", { value })));

  const form = document.querySelector(".filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => { if (event.target.id !== "reviewer") apply(); });
  at("clear").addEventListener("click", () => {
    const name = at("reviewer").value;
    form.reset();
    at("reviewer").value = name;
    apply();
  });
  at("export").addEventListener("click", exportAll);
  list.addEventListener("click", (event) => {
    const card = event.target.closest("[data-id]");
    if (!card) return;
    mark([...list.children].indexOf(card.parentElement));
    const button = event.target.closest("[data-verdict]");
    if (button) decide(card.dataset.id, button.dataset.verdict);
  });
  list.addEventListener("change", (event) => {
    const card = event.target.closest("[data-id]");
    if (!card || !event.target.matches(".reason")) return;
    verdicts.set(card.dataset.id, { ...verdictOf(card.dataset.id), reason: event.target.value.trim() || null });
    save();
  });
  document.addEventListener("keydown", key);
  new IntersectionObserver((seen) => { if (seen.some((entry) => entry.isIntersecting)) draw(drawn + BATCH); }, { rootMargin: "1200px" }).observe(at("more"));
  window.addEventListener("beforeprint", () => {
    draw(shown.length);
    for (const more of list.querySelectorAll("details")) more.open = true;
  });
  apply();
})();
