// The schematic: an outline of the body region in a 200 x 200 square, patient's left on the viewer's right; it is
// mirrored as a whole when the source is. Marks come in viewer's coordinates and are never mirrored.
const NAMES = { chest: "the chest", abdomen: "the abdomen", head: "the head", knee: "both knees", breast: "both breasts", spine: "the spine", neck: "the neck", limbs: "both limbs", body: "the body" };

function outlineOf(outlines, region) {
  return (outlines[region] || outlines.body).map(([kind, d]) => svg("path", { class: kind, d }));
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

function drawingOf(card, letters, names, outlines) {
  const { region, left_on_right: normal, orientation, marks, assumed } = card.drawing;
  const sides = (role) => marks.filter((m) => m.role === role && m.sided !== false).map((m) => sideOf(m, normal));
  const said = (role) => [...new Set(sides(role))].join(" and ") || "no side";
  const sure = (letter) => (assumed ? `${letter}?` : letter);
  const label = `Schematic of ${NAMES[region]}: ${names.text} ${said("text")}, ${names.image} ${said("image")}.`;
  const picture = svg("svg", { viewBox: "0 -2 240 222", role: "img", "aria-label": label },
    svg("g", { transform: "translate(20 0)" },
      svg("g", { transform: normal ? null : "translate(200 0) scale(-1 1)" }, ...outlineOf(outlines, region)),
      svg("path", { class: "middle", d: "M100 4v192" }),
      ...marks.flatMap((mark) => markOf(mark, marks, letters))),
    svg("text", { class: "letter", x: 10, y: 106 }, sure(normal ? "R" : "L")),
    svg("text", { class: "letter", x: 230, y: 106 }, sure(normal ? "L" : "R")),
    svg("text", { class: "small", x: 42, y: 213 }, normal ? "patient's right" : "patient's left"),
    svg("text", { class: "small", x: 198, y: 213 }, normal ? "patient's left" : "patient's right"));
  const key = (role) => el("span", { class: "key" }, badge(role, letters), `${names[role]}: ${said(role)}`);
  return el("figure", {}, picture, el("figcaption", {}, key("text"), key("image"), assumed ? el("strong", {}, orientation) : orientation));
}

function sideOf(mark, normal) {
  const middle = mark.x + (mark.width || 0) / 2;
  if (middle === 0.5) return "midline";
  return (middle > 0.5) === normal ? "left" : "right";
}

function badge(role, letters) {
  return el("span", { class: `badge ${role}`, "aria-hidden": "true" }, el("span", {}, letters[role]));
}
