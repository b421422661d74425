// Puts the page together: cards, filters, verdicts, scores, keys.
(function page() {
  const { cards, words, outlines, run, studies } = JSON.parse(at("data").textContent);
  const counted = cards.filter((card) => !card.muted);
  const values = Object.keys(words.verdicts);
  const book = verdictBook(cards, words, run);
  const list = cardList(at("cards"), at("more"), (card) => cardOf(card, words, outlines, book));
  const filters = cardFilters(cards, words, book);
  const byId = new Map(cards.map((card) => [card.id, card]));
  const plural = cards.length === 1 ? "conflict" : "conflicts";

  function apply() {
    const shown = filters.passing();
    list.show(shown);
    const total = number(cards.length);
    at("shown").textContent = !shown.length ? `None of the ${total} ${plural} fits these filters` : shown.length === cards.length ? `${total} ${plural}` : `${number(shown.length)} of ${total} ${plural}`;
    filters.count();
    score();
  }

  function score() {
    const decided = book.count();
    at("progress").textContent = `${number(decided)} of ${number(cards.length)} decided`;
    at("bar").value = cards.length ? decided / cards.length : 0;
    at("ppv").textContent = scoreLine(scoreOf(counted, book));
    if (at("scores").open) {
      const by = at("by").value;
      const title = { kind: (name) => words.kinds[name], severity: (name) => words.severities[name] }[by] || ((name) => name);
      at("table").replaceChildren(...scoreTable(counted, book, by, studies, title));
    }
    const lost = !book.kept();
    at("warning").hidden = !lost;
    if (lost) at("warning").textContent = "This browser keeps nothing (storage is shut off or full): export your verdicts before you close the page.";
    at("kept").textContent = lost ? "Not kept" : "Kept in this browser";
  }

  function refresh(id) {
    const old = at("cards").querySelector(`[data-id="${CSS.escape(id)}"]`);
    if (old) {
      const held = old.contains(document.activeElement) ? document.activeElement.dataset.part : null;
      const fresh = verdictsOf(byId.get(id), words, book);
      old.querySelector(".verdicts").replaceWith(fresh);
      if (held) (fresh.querySelector(`[data-part="${held}"]`) || old).focus({ preventScroll: true });
    }
    filters.count();
    score();
    const now = book.own(id);
    at("said").textContent = `${now ? words.verdicts[now.value] : "No verdict"}. ${at("progress").textContent}.`;
  }

  function decide(id, value) {
    book.decide(id, value);
    refresh(id);
  }

  function undo() {
    const id = book.undo();
    if (id === null) return;
    const index = list.indexOf(id);
    if (index >= 0) list.go(index);
    refresh(id);
  }

  // Far down a long list the next one is reached by leaving out what is decided, not by drawing all of it.
  function nextOpen() {
    const isOpen = (card) => !book.own(card.id) && !card.muted;
    if (list.isFar(list.find(isOpen))) {
      at("state").value = "open";
      apply();
    }
    const index = list.find(isOpen);
    if (index >= 0) list.go(index);
  }

  function field(part) {
    const node = list.currentNode();
    const wantedField = node && node.querySelector(`[data-part="${part}"]`);
    if (wantedField) wantedField.focus();
    else if (node) at("said").textContent = "Give a verdict first, then its reason.";
  }

  function save(text, name) {
    const url = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
    const link = el("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000); // a slow disk still reads from it
  }

  async function take(files) {
    at("imported").textContent = "";
    const lines = [];
    for (const file of files) {
      const done = book.take(await file.text());
      const bad = done.bad.length ? `; ${done.bad.length} unreadable (line ${done.bad.slice(0, 5).join(", ")}${done.bad.length > 5 ? " …" : ""})` : "";
      lines.push(`${file.name}: ${done.taken} taken, ${done.known} known already, ${done.foreign} of other lists${bad}`);
    }
    at("imported").textContent = lines.join(". ");
    at("import").value = "";
    apply();
  }

  const keys = {
    j: list.next,
    ArrowDown: list.next,
    k: list.previous,
    ArrowUp: list.previous,
    n: nextOpen,
    r: () => field("reason"),
    c: () => field("comment"),
    u: undo,
    "/": () => { at("panel").open = true; at("query").focus(); },
    "?": () => at("help").showModal(),
    leave: () => { const node = list.currentNode(); if (node) node.focus({ preventScroll: true }); },
  };
  onKeys((key) => {
    const value = values[Number(key) - 1];
    if (keys[key]) keys[key]();
    else if (value && list.currentCard()) decide(list.currentCard().id, value);
    else return false;
    return true;
  });

  function earlier() {
    const n = book.earlier(false);
    at("earlier").hidden = n === 0;
    at("earlier").textContent = `Take over ${number(n)} ${n === 1 ? "verdict" : "verdicts"} given on an earlier page`;
  }

  const form = document.querySelector(".filters");
  const ownFields = "#reviewer, #import";
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => { if (!event.target.matches(ownFields)) apply(); });
  at("clear").addEventListener("click", () => {
    const name = at("reviewer").value;
    form.reset();
    at("reviewer").value = name;
    apply();
  });
  at("reviewer").addEventListener("change", () => {
    book.rename(at("reviewer").value.trim());
    apply();
  });
  at("export").addEventListener("click", () => save(book.jsonl(), `verdicts${book.reviewer() ? `-${book.reviewer().replace(/[^\p{L}\p{N}]+/gu, "-")}` : ""}.jsonl`));
  at("import").addEventListener("change", (event) => take([...event.target.files]));
  at("earlier").addEventListener("click", () => { book.earlier(true); earlier(); apply(); });
  at("keys").addEventListener("click", () => at("help").showModal());
  at("by").append(...Object.entries(GROUPS).map(([value, title]) => el("option", { value }, title)));
  at("by").addEventListener("input", score);
  at("scores").addEventListener("toggle", score);
  at("cards").addEventListener("click", (event) => {
    const button = event.target.closest("[data-verdict]");
    if (button) decide(button.closest("[data-id]").dataset.id, button.dataset.verdict);
  });
  at("cards").addEventListener("change", (event) => {
    const card = event.target.closest("[data-id]");
    if (!card || !event.target.dataset.part) return;
    book.amend(card.dataset.id, { [event.target.dataset.part]: event.target.value.trim() || null });
    score();
  });
  window.addEventListener("storage", (event) => {
    if (event.key && event.key.endsWith(run)) { book.load(); apply(); }
  });
  window.addEventListener("beforeunload", (event) => { if (!book.kept() && book.count()) event.preventDefault(); });
  window.addEventListener("beforeprint", () => {
    list.drawAll();
    for (const more of at("cards").querySelectorAll("details")) more.open = true;
  });
  at("reviewer").value = book.reviewer();
  if (window.matchMedia("(max-width: 1000px)").matches) at("panel").open = false;
  earlier();
  apply();
})();
