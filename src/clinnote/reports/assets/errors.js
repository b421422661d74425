// Filters, counts, sorting and keyboard for the errors of an evaluation. Cards are made when they come near the screen.
(function errors() {
  const { cards, kinds } = JSON.parse(document.getElementById("data").textContent);
  const SORTS = { note: "Note", kind: "Kind", words: "Words", label: "Label", rule: "Rule", often: "Most frequent words" };
  const SELECTS = { label: "All labels", change: "All", rule: "All rules" };
  const list = cardList(at("cards"), at("more"), cardOf);
  const order = Object.keys(kinds);
  const often = tally(cards, (card) => [card.words.toLowerCase()]);

  cards.forEach((card, place) => {
    card.place = place;
    card.hay = [card.note, kinds[card.kind], card.label, card.change, card.gold, card.predicted, card.section, ...card.rules, ...card.context.map((part) => part[0])].join(" ").toLowerCase();
  });

  const values = { label: (card) => [card.label], change: (card) => (card.change ? [card.change] : []), rule: (card) => card.rules };
  function wanted() {
    const ticked = new Set([...at("kinds").querySelectorAll("input:checked")].map((box) => box.value));
    return { query: at("query").value.toLowerCase().split(/\s+/).filter(Boolean), kind: ticked, label: at("label").value, change: at("change").value, rule: at("rule").value };
  }

  const tests = {
    query: (card, want) => want.query.every((word) => card.hay.includes(word)),
    kind: (card, want) => !want.kind.size || want.kind.has(card.kind),
    label: (card, want) => !want.label || values.label(card).includes(want.label),
    change: (card, want) => !want.change || values.change(card).includes(want.change),
    rule: (card, want) => !want.rule || values.rule(card).includes(want.rule),
  };

  function passing(want, except) {
    const active = Object.entries(tests).filter(([name]) => name !== except).map(([, test]) => test);
    return cards.filter((card) => active.every((test) => test(card, want)));
  }

  const sorts = {
    note: () => 0,
    kind: (a, b) => order.indexOf(a.kind) - order.indexOf(b.kind),
    words: (a, b) => compare(a.words.toLowerCase(), b.words.toLowerCase()),
    label: (a, b) => compare(a.label, b.label),
    rule: (a, b) => Number(!a.rules.length) - Number(!b.rules.length) || compare(a.rules.join(), b.rules.join()),
    often: (a, b) => often.get(b.words.toLowerCase()) - often.get(a.words.toLowerCase()) || sorts.words(a, b),
  };

  // A count beside an option says how many cards it would show with all the other filters as they are.
  function count(want) {
    const byKind = tally(passing(want, "kind"), (card) => [card.kind]);
    for (const option of at("kinds").querySelectorAll(".option")) {
      const n = byKind.get(option.querySelector("input").value) || 0;
      option.querySelector(".n").textContent = number(n);
      option.classList.toggle("none", n === 0);
    }
    for (const [id, all] of Object.entries(SELECTS)) {
      const found = passing(want, id);
      const counts = tally(found, values[id]);
      for (const option of at(id).options) option.textContent = `${option.value || all} (${number(option.value ? counts.get(option.value) || 0 : found.length)})`;
    }
  }

  function apply() {
    const want = wanted();
    const by = sorts[at("sort").value];
    const shown = passing(want, null).sort((a, b) => by(a, b) || a.place - b.place);
    list.show(shown);
    count(want);
    const plural = cards.length === 1 ? "error" : "errors";
    const total = `${number(cards.length)} ${plural}`;
    at("shown").textContent = !shown.length ? `None of the ${total} fits these filters` : shown.length === cards.length ? total : `${number(shown.length)} of ${total}`;
  }

  function cardOf(card) {
    const rows = [["Gold", card.gold || "not marked"], ["Predicted", card.predicted || "not found"]];
    if (card.rules.length) rows.push(["Rules", card.rules.join(", ")]);
    if (card.section) rows.push(["Section", card.section.replaceAll("_", " ")]);
    const words = card.context.map(([text, role]) => (role ? el("mark", { class: role }, text) : text));
    return el("article", { class: `card k-${card.kind}`, tabindex: "-1", "data-place": card.place },
      el("p", { class: "meta" }, el("span", { class: "severity" }, kinds[card.kind]), card.change ? el("span", { class: "shift" }, card.change) : null, el("span", { class: "end" }, `note ${card.note}`)),
      el("blockquote", {}, ...words), rowsOf(rows));
  }

  const keys = {
    j: list.next,
    k: list.previous,
    "/": () => at("query").focus(),
    s: () => {
      at("sort").selectedIndex = (at("sort").selectedIndex + 1) % at("sort").options.length;
      apply();
    },
  };
  onKeys((key) => {
    if (!keys[key]) return false;
    keys[key]();
    return true;
  });

  for (const [value, title] of Object.entries(kinds)) at("kinds").append(optionOf(value, title));
  for (const id of Object.keys(SELECTS)) {
    const counts = tally(cards, values[id]);
    const present = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || compare(a, b));
    at(id).append(el("option", { value: "" }), ...present.map((value) => el("option", { value })));
  }
  at("sort").append(...Object.entries(SORTS).map(([value, title]) => el("option", { value }, title)));

  const form = document.querySelector(".filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  at("clear").addEventListener("click", () => {
    form.reset();
    apply();
  });
  window.addEventListener("beforeprint", list.drawAll);
  apply();
})();
