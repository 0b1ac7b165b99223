// Ask the twin how things are, once a second, and show it. Words stand in the page.
// The dock is killed at every wipe: an answer that does not come is no fault, it is waited for.
"use strict";

const POLL_MS = 1000;
const LIMIT_MS = 3000;
const BUZZ_SHOWN_MS = 700;
const waiting = document.getElementById("waiting");
const pressed = new Set();
let beeps = null;
let timer = 0;
let queue = Promise.resolve();

function at(state, path) {
  return path.split(".").reduce((value, name) => (value == null ? null : value[name]), state);
}

function holds(state, condition) {
  const [path, wanted] = condition.split("=");
  const value = at(state, path);
  return wanted === undefined ? Boolean(value) : value != null && String(value) === wanted;
}

function show(state) {
  for (const element of document.querySelectorAll("[data-when]"))
    element.hidden = !holds(state, element.dataset.when);
  for (const element of document.querySelectorAll("[data-unless]"))
    element.hidden = at(state, element.dataset.unless.split(".")[0]) == null || holds(state, element.dataset.unless);
  for (const element of document.querySelectorAll("[data-away]")) {
    const isAway = state[element.dataset.away] == null;
    element.hidden = !isAway;
    element.closest("section").classList.toggle("is-away", isAway);
  }
  showPanel(state.panel);
  showCard(state.card);
  showPapers(state.papers);
}

function showPanel(panel) {
  if (!panel) return;
  document.getElementById("lamp").dataset.lamp = panel.name;
  for (const key of document.querySelectorAll("[data-key]")) {
    key.hidden = !panel.keys.includes(key.dataset.key);
    const isHeld = panel.held.includes(key.dataset.key);
    key.classList.toggle("is-held", isHeld);
    // The dock died between press and release: open the contact that nobody holds any more.
    if (isHeld && !pressed.has(key.dataset.key)) send({ part: "panel", do: "release", key: key.dataset.key });
  }
  if (beeps !== null && panel.beeps > beeps) {
    const buzzer = document.getElementById("buzzer");
    buzzer.classList.add("is-on");
    setTimeout(() => buzzer.classList.remove("is-on"), BUZZ_SHOWN_MS);
  }
  beeps = panel.beeps;
}

function showCard(card) {
  const inserted = document.getElementById("inserted");
  if (!inserted || !card) return;
  // The holder of the cards came up after this page: ask again for its deck.
  if (!document.querySelector(".eid")) location.reload();
  inserted.textContent = card.card || "";
  for (const eid of document.querySelectorAll(".eid"))
    eid.classList.toggle("is-in", eid.dataset.card === card.card);
}

function showPapers(papers) {
  const list = document.getElementById("paper-list");
  if (!list) return;
  document.getElementById("no-papers").hidden = papers.length > 0;
  const wanted = papers.map((paper) => `${paper.name}?${paper.changed}`);
  const shown = [...list.children].map((sheet) => sheet.dataset.paper);
  if (wanted.join() === shown.join()) return;
  list.replaceChildren(...papers.map((paper, index) => sheet(paper, wanted[index], list.dataset.word)));
}

function sheet(paper, id, word) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "sheet";
  button.dataset.paper = id;
  button.append(picture(paper, 1, "small", `${word} ${parseInt(paper.name, 10)}`));
  button.addEventListener("click", () => view(paper, word));
  return button;
}

function picture(paper, page, size, text) {
  const image = document.createElement("img");
  image.src = `/papers/${paper.name}/${page}/${size}.png?${paper.changed}`;
  image.alt = text;
  return image;
}

async function view(paper, word) {
  const { pages } = await (await fetch(`/papers/${paper.name}`)).json();
  const images = Array.from({ length: pages }, (_, index) =>
    picture(paper, index + 1, "large", `${word} ${parseInt(paper.name, 10)}, ${index + 1} / ${pages}`));
  document.getElementById("viewer-pages").replaceChildren(...images);
  document.getElementById("viewer").showModal();
}

// One after the other: a release must never overtake its press.
function send(order) {
  queue = queue.then(() => deliver(order));
}

async function deliver(order) {
  try {
    await fetch("/do", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(order),
    });
  } catch {
    waiting.hidden = false;
  }
  look();
}

async function look() {
  clearTimeout(timer);
  timer = 0;
  try {
    const answer = await fetch("/state", { signal: AbortSignal.timeout(LIMIT_MS) });
    if (!answer.ok) throw new Error("not ready");
    show(await answer.json());
    waiting.hidden = true;
  } catch {
    waiting.hidden = false;
  }
  // Two looks may overlap after an order; only one goes on.
  if (timer === 0) timer = setTimeout(look, POLL_MS);
}

for (const button of document.querySelectorAll("[data-do]"))
  button.addEventListener("click", () => {
    const { part, do: verb, card } = button.dataset;
    send(card ? { part, do: verb, card } : { part, do: verb });
  });

for (const key of document.querySelectorAll("[data-key]")) {
  const name = key.dataset.key;
  const release = () => {
    if (pressed.delete(name)) send({ part: "panel", do: "release", key: name });
  };
  key.addEventListener("pointerdown", () => {
    pressed.add(name);
    send({ part: "panel", do: "press", key: name });
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) key.addEventListener(end, release);
  // From a keyboard there is a click and no pointer.
  key.addEventListener("click", (event) => {
    if (event.detail === 0) send({ part: "panel", do: "tap", key: name });
  });
}

look();
