// The schematic: an outline of the body region in a 200 x 200 square, patient's left on the viewer's right; it is
// mirrored as a whole when the source is. Marks come in viewer's coordinates and are never mirrored.
const OUTLINES = {
  chest: [
    ["outline", "M70 12h60c4 16 22 20 40 28 12 6 14 18 15 40l3 108H12l3-108c1-22 3-34 15-40 18-8 36-12 40-28z"],
    ["inner", "M84 48c-22-6-46 34-50 112 0 10 6 10 14 6 14-8 30-8 40-4 6-30 6-80-4-114z"],
    ["inner", "M116 48c22-6 46 34 50 112 0 10-6 10-14 6-10-6-18-8-24-7-8-8-14-20-14-38 0-26-2-50 2-73z"],
    ["line", "M96 14v36l-10 14M104 14v36l10 14"],
    ["line", "M98 108c-8 16-10 34-4 52 14 8 40 8 54-2 0-22-12-40-34-50z"],
  ],
  abdomen: [
    ["outline", "M38 10h124c4 40-4 66 2 92 4 30 12 54 8 88H28c-4-34 4-58 8-88 6-26-2-52 2-92z"],
    ["inner", "M46 40c20-16 62-14 78-4-10 20-36 34-70 42-12 2-14-26-8-38z"],
    ["inner", "M146 40c10 2 12 26 4 36-10 0-16-20-4-36z"],
    ["inner", "M62 92c12-6 18 4 16 14s0 14-6 18c-12 2-18-26-10-32z"],
    ["inner", "M138 90c-12-6-18 4-16 14s0 14 6 18c12 2 18-26 10-32z"],
    ["line", "M100 78v76M44 138c10 22 30 34 56 34s46-12 56-34"],
  ],
  head: [
    ["outline", "M100 10c46 0 68 40 68 88s-24 92-68 92-68-44-68-92 22-88 68-88z"],
    ["inner", "M100 26c36 0 54 34 54 72s-18 76-54 76-54-38-54-76 18-72 54-72z"],
    ["line", "M100 26v148M88 78c-12 6-12 30 0 36M112 78c12 6 12 30 0 36"],
    ["line", "M92 10c2-6 14-6 16 0"],
  ],
  knee: [
    ["outline", "M28 10h44l-4 62c12 6 12 26 4 34l-6 84H40l-8-84c-10-8-8-28 0-34z"],
    ["outline", "M128 10h44l-4 62c8 6 10 26 0 34l-8 84h-26l-6-84c-8-8-8-28 4-34z"],
    ["line", "M32 92h38M130 92h38M34 98h34M132 98h34"],
    ["inner", "M50 62a10 11 0 1 0 .1 0zM150 62a10 11 0 1 0 .1 0z"],
  ],
  breast: [
    ["outline", "M20 10h160l6 180H14z"],
    ["inner", "M52 44c30 0 44 28 44 58s-18 50-44 50-38-22-38-50 10-58 38-58z"],
    ["inner", "M148 44c-30 0-44 28-44 58s18 50 44 50 38-22 38-50-10-58-38-58z"],
    ["line", "M52 98a6 6 0 1 0 .1 0zM148 98a6 6 0 1 0 .1 0z"],
  ],
  limbs: [
    ["outline", "M34 10h34l-4 100 2 80H38l-2-80z"],
    ["outline", "M132 10h34l-2 100-2 80h-28l2-80z"],
  ],
  body: [
    ["outline", "M100 8c14 0 22 10 22 22 0 10-4 16-10 20l30 8c12 4 16 14 18 30l8 56-14 2-14-50-2 40-4 56h-26l-8-44-8 44H66l-4-56-2-40-14 50-14-2 8-56c2-16 6-26 18-30l30-8c-6-4-10-10-10-20 0-12 8-22 22-22z"],
  ],
};
const NAMES = { chest: "chest", abdomen: "abdomen", head: "head", knee: "both knees", breast: "both breasts", limbs: "both limbs", body: "body" };

function outlineOf(region) {
  return (OUTLINES[region] || OUTLINES.body).map(([kind, d]) => svg("path", { class: kind, d }));
}

// Two claims on one spot would hide each other: then all marks of the text move up, the other claim's down.
function apart(mark, marks) {
  const near = (a, b) => a.role !== b.role && !a.width && !b.width && Math.abs(a.x - b.x) < 0.12 && Math.abs(a.y - b.y) < 0.12;
  if (mark.width || !marks.some((a) => marks.some((b) => near(a, b)))) return mark.y;
  return mark.y + (mark.role === "text" ? -0.08 : 0.08);
}

function markOf(mark, marks, letters) {
  const x = 200 * (mark.x + (mark.width || 0) / 2);
  const y = Math.max(14, Math.min(186, 200 * (apart(mark, marks) + (mark.height || 0) / 2)));
  const tag = svg("text", { class: "tag", x, y: y + 3.6 }, letters[mark.role]);
  if (mark.role === "text") return [svg("circle", { class: "dot", cx: x, cy: y, r: 11 }), tag];
  const diamond = svg("path", { class: "diamond", d: `M${x} ${y - 13}l13 13-13 13-13-13z` });
  if (!mark.width) return [diamond, tag];
  const box = { class: "box", x: 200 * mark.x, y: 200 * mark.y, width: 200 * mark.width, height: 200 * mark.height, rx: 3 };
  return [svg("rect", box), diamond, tag];
}

function drawingOf(card, letters, names) {
  const { region, left_on_right: normal, orientation, marks } = card.drawing;
  const sides = (role) => marks.filter((m) => m.role === role).map((m) => sideOf(m, normal));
  const said = (role) => [...new Set(sides(role))].join(" and ") || "no side";
  const label = `Schematic of the ${NAMES[region]}: ${names.text} ${said("text")}, ${names.image} ${said("image")}.`;
  const picture = svg("svg", { viewBox: "0 -2 240 222", role: "img", "aria-label": label },
    svg("g", { transform: "translate(20 0)" },
      svg("g", { transform: normal ? null : "translate(200 0) scale(-1 1)" }, ...outlineOf(region)),
      svg("path", { class: "middle", d: "M100 4v192" }),
      ...marks.flatMap((mark) => markOf(mark, marks, letters))),
    svg("text", { class: "letter", x: 10, y: 106 }, normal ? "R" : "L"),
    svg("text", { class: "letter", x: 230, y: 106 }, normal ? "L" : "R"),
    svg("text", { class: "small", x: 42, y: 213 }, normal ? "patient's right" : "patient's left"),
    svg("text", { class: "small", x: 198, y: 213 }, normal ? "patient's left" : "patient's right"));
  const key = (role) => el("span", { class: "key" }, badge(role, letters), `${names[role]}: ${said(role)}`);
  return el("figure", {}, picture, el("figcaption", {}, key("text"), key("image"), orientation));
}

function sideOf(mark, normal) {
  const middle = mark.x + (mark.width || 0) / 2;
  if (middle === 0.5) return "midline";
  return (middle > 0.5) === normal ? "left" : "right";
}

function badge(role, letters) {
  return el("span", { class: `badge ${role}`, "aria-hidden": "true" }, el("span", {}, letters[role]));
}
