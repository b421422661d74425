// A long list of cards: each is made when it comes near the screen, one is the current one.
const BATCH = 25;

function cardList(list, more, make) {
  let shown = [];
  let drawn = 0;
  let current = -1;

  function draw(upTo) {
    const batch = document.createDocumentFragment();
    for (; drawn < Math.min(upTo, shown.length); drawn += 1) {
      batch.append(el("li", { "aria-posinset": drawn + 1, "aria-setsize": shown.length }, make(shown[drawn])));
    }
    list.append(batch);
  }

  function show(cards) {
    shown = cards;
    list.replaceChildren();
    drawn = 0;
    current = -1;
    draw(BATCH);
  }

  function mark(index) {
    for (const old of list.querySelectorAll(".current")) old.classList.remove("current");
    current = index;
    const item = list.children[index];
    if (item) item.firstElementChild.classList.add("current");
  }

  function go(to) {
    if (!shown.length) return null;
    const index = Math.max(0, Math.min(to, shown.length - 1));
    if (index >= drawn) draw(index + BATCH);
    mark(index);
    const card = list.children[index].firstElementChild;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
    const top = card.getBoundingClientRect().top;
    if (top < 0 || card.offsetHeight > window.innerHeight) card.scrollIntoView({ block: "start" });
    return shown[index];
  }

  new IntersectionObserver((seen) => { if (seen.some((entry) => entry.isIntersecting)) draw(drawn + BATCH); }, { rootMargin: "1200px" }).observe(more);
  list.addEventListener("focusin", (event) => {
    const item = event.target.closest("li");
    if (item && item.parentElement === list) mark(Number(item.getAttribute("aria-posinset")) - 1);
  });
  list.addEventListener("click", (event) => {
    const item = event.target.closest(".cards > li");
    if (item) mark(Number(item.getAttribute("aria-posinset")) - 1);
  });
  return {
    show,
    go,
    drawAll: () => draw(shown.length),
    next: () => go(current + 1),
    previous: () => go(current - 1),
    find: (test) => {
      const after = shown.findIndex((card, i) => i > current && test(card));
      return after >= 0 ? after : shown.findIndex(test);
    },
    isFar: (index) => index > drawn + 20 * BATCH,
    indexOf: (id) => shown.findIndex((card) => card.id === id),
    currentCard: () => (current >= 0 ? shown[current] : null),
    currentNode: () => (current >= 0 && list.children[current] ? list.children[current].firstElementChild : null),
  };
}

// Keys that are typed into a field belong to the field; Escape leaves it.
function onKeys(handle) {
  document.addEventListener("keydown", (event) => {
    const field = event.target.matches("input:not([type=checkbox], [type=file]), select, textarea");
    if (event.key === "Escape" && field) {
      event.target.blur();
      handle("leave");
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !field && !document.querySelector("dialog[open]") && handle(event.key)) {
      event.preventDefault();
    }
  });
}
