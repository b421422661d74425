// How good the flags are: counts, flags per 1,000 studies, and the share of errors among those that were decided.
const Z95 = 1.959963984540054;
const GROUPS = { kind: "Kind", severity: "Severity", source: "Source", reader: "Reader of the labels" };

// The 95 % Wilson score interval of a share.
function wilson(hits, total) {
  const share = hits / total;
  const square = Z95 * Z95;
  const centre = (share + square / (2 * total)) / (1 + square / total);
  const half = (Z95 / (1 + square / total)) * Math.sqrt((share * (1 - share)) / total + square / (4 * total * total));
  return [hits === 0 ? 0 : Math.max(0, centre - half), hits === total ? 1 : Math.min(1, centre + half)];
}

function scoreOf(cards, book) {
  const score = { flags: cards.length, error: 0, false: 0, disputed: 0 };
  for (const card of cards) {
    const outcome = book.outcome(card.id);
    if (outcome) score[outcome] += 1;
  }
  score.decided = score.error + score.false;
  return score;
}

const percent = (share) => `${Math.round(100 * share)} %`;

function precisionOf(score) {
  if (!score.decided) return "";
  const [low, high] = wilson(score.error, score.decided);
  return `${percent(score.error / score.decided)} (${Math.round(100 * low)}–${percent(high)})`;
}

function perThousand(flags, studies) {
  return studies ? (1000 * flags / studies).toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 }) : "";
}

function scoreTable(cards, book, by, studies, title) {
  const groups = new Map();
  for (const card of cards) {
    if (!groups.has(card[by])) groups.set(card[by], []);
    groups.get(card[by]).push(card);
  }
  const rows = [...groups].map(([name, members]) => [title(name), scoreOf(members, book)]);
  rows.sort((a, b) => b[1].flags - a[1].flags || compare(a[0], b[0]));
  if (rows.length > 1) rows.push(["All", scoreOf(cards, book)]);
  const head = [GROUPS[by], "Flags", "Per 1,000", "Decided", "Errors", "PPV (95 %)", "Disputed"];
  const cell = (value) => el("td", {}, String(value));
  return [
    el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...rows.map(([name, score]) => el("tr", {}, el("th", { scope: "row" }, name), cell(number(score.flags)), cell(perThousand(score.flags, studies)), cell(score.decided), cell(score.error), cell(precisionOf(score) || "–"), cell(score.disputed)))),
  ];
}

function scoreLine(score) {
  if (!score.decided) return "PPV: decide a few to see the share of true errors.";
  const disputed = score.disputed ? `; reviewers disagree on ${score.disputed}` : "";
  return `PPV so far ${precisionOf(score)}: ${number(score.error)} of ${number(score.decided)} decided flags are errors${disputed}`;
}
