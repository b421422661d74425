// Verdicts: one for each conflict and reviewer. Kept in this browser under the run's name; no words of a report with them.
const STORE = "clinnote:verdicts:";
const FALSE_ALARM = "not_a_conflict";

function verdictBook(cards, words, run) {
  const byId = new Map(cards.map((card) => [card.id, card]));
  const values = new Set(Object.keys(words.verdicts));
  const undoable = [];
  let reviewer = "";
  let book = new Map();
  let kept = true;

  function put(target, id, by, verdict) {
    if (!target.has(id)) target.set(id, new Map());
    if (verdict) target.get(id).set(by, verdict);
    else target.get(id).delete(by);
  }

  // What another file, tab or page says; the later word of one reviewer counts.
  function merge(id, by, verdict) {
    if (!byId.has(id) || !verdict || !values.has(verdict.value)) return false;
    const now = book.get(id)?.get(by);
    if (now && (now.at || "") >= (verdict.at || "")) return false;
    const { value, reason = null, comment = null, at: when = null } = verdict;
    put(book, id, by, { value, reason, comment, at: when });
    return true;
  }

  function read(key) {
    try {
      return JSON.parse(localStorage.getItem(key)) || {};
    } catch {
      return {};
    }
  }

  function load() {
    book = new Map();
    for (const card of cards) if (card.verdict) merge(card.id, card.verdict.by || "", card.verdict);
    const stored = read(STORE + run);
    reviewer = stored.reviewer || reviewer;
    for (const [id, given] of Object.entries(stored.book || {})) {
      if (byId.has(id)) book.set(id, new Map());
      for (const [by, verdict] of Object.entries(given)) merge(id, by, verdict);
    }
  }

  function save() {
    const plain = Object.fromEntries([...book].map(([id, given]) => [id, Object.fromEntries(given)]));
    try {
      localStorage.setItem(STORE + run, JSON.stringify({ reviewer, book: plain }));
      kept = true;
    } catch {
      kept = false; // storage is shut off or full: verdicts live until the page is closed
    }
  }

  const own = (id) => book.get(id)?.get(reviewer) || null;
  const given = (id) => [...(book.get(id) || [])];
  const others = (id) => given(id).filter(([by]) => by !== reviewer);

  // "error", "false", "disputed", or null while nobody has decided.
  function outcome(id) {
    const said = new Set(given(id).map(([, verdict]) => (verdict.value === FALSE_ALARM ? "false" : "error")));
    return said.size > 1 ? "disputed" : [...said][0] || null;
  }

  function set(id, verdict) {
    undoable.push([id, reviewer, own(id)]);
    put(book, id, reviewer, verdict);
    save();
  }

  function decide(id, value) {
    const now = own(id);
    set(id, now && now.value === value ? null : { value, reason: null, comment: now ? now.comment : null, at: new Date().toISOString() });
  }

  function amend(id, change) {
    if (own(id)) set(id, { ...own(id), ...change, at: new Date().toISOString() });
  }

  function undo() {
    const last = undoable.pop();
    if (!last) return null;
    const [id, by, before] = last;
    put(book, id, by, before);
    save();
    return id;
  }

  // A first name takes over what was decided without one; a second name is a second reviewer.
  function rename(name) {
    if (name === reviewer) return;
    if (!reviewer) {
      for (const verdicts of book.values()) {
        if (verdicts.has("") && !verdicts.has(name)) verdicts.set(name, verdicts.get(""));
        verdicts.delete("");
      }
      for (const step of undoable) if (!step[1]) step[1] = name;
    }
    reviewer = name;
    save();
  }

  function record(card, by, verdict) {
    const metadata = { features: card.features, run };
    if (verdict.comment) metadata.comment = verdict.comment;
    return {
      id: card.id, kind: card.kind, severity: card.severity, confidence: card.confidence, explanation: card.explanation,
      study_id: card.study, note_id: card.note, could_be_false_because: card.traps,
      verdict: { value: verdict.value, reason: verdict.reason, by: by || null, at: verdict.at }, metadata,
    };
  }

  function jsonl() {
    const lines = cards.flatMap((card) => given(card.id).sort((a, b) => compare(a[0], b[0])).map(([by, verdict]) => JSON.stringify(record(card, by, verdict))));
    return lines.map((line) => `${line}\n`).join("");
  }

  // An exported file: what was taken, what was known already, what is of other lists, and the lines that can't be read.
  function take(text) {
    const done = { taken: 0, known: 0, foreign: 0, bad: [] };
    text.replace(/^\ufeff/, "").split("\n").forEach((line, place) => {
      if (!line.trim()) return;
      let entry = null;
      try {
        entry = JSON.parse(line);
      } catch { /* told below */ }
      const verdict = entry && typeof entry.id === "string" && entry.verdict;
      if (!verdict || !values.has(verdict.value)) done.bad.push(place + 1);
      else if (!byId.has(entry.id)) done.foreign += 1;
      else if (merge(entry.id, typeof verdict.by === "string" ? verdict.by : "", { ...verdict, comment: entry.metadata?.comment || null })) done.taken += 1;
      else done.known += 1;
    });
    save();
    return done;
  }

  // Verdicts on the same conflicts that stand in this browser from pages of other runs.
  function earlier(use) {
    let found = 0;
    try {
      for (const key of Object.keys(localStorage)) {
        if (!key.startsWith(STORE) || key === STORE + run) continue;
        for (const [id, verdicts] of Object.entries(read(key).book || {})) {
          if (!byId.has(id) || given(id).length) continue;
          found += 1;
          if (use) for (const [by, verdict] of Object.entries(verdicts)) merge(id, by, verdict);
        }
      }
    } catch { /* storage is shut off */ }
    if (use) save();
    return found;
  }

  function probe() {
    try {
      localStorage.setItem(`${STORE}probe`, "1");
      localStorage.removeItem(`${STORE}probe`);
    } catch {
      kept = false;
    }
  }

  load();
  probe();
  return { own, others, outcome, decide, amend, undo, rename, jsonl, take, earlier, load, kept: () => kept, reviewer: () => reviewer, count: () => cards.filter((card) => given(card.id).length).length };
}
