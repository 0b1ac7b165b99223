"use strict";
/* What the page does by itself: turns pages, types, listens for changes, and hides at once.
   Without this script the page still works: it scrolls, and every button is a form. */
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const one = (what, where) => (where || document).querySelector(what);
  const all = (what, where) => [...(where || document).querySelectorAll(what)];
  const page = Math.random().toString(36).slice(2);
  const SAME_PLACE_PX = 60, AGAIN_MS = 350, BUSY_MS = 500, POLL_MS = 250, SILENT_MS = 5000;
  const TOUCH_MS = 10000;
  const drafts = new Map();
  let stream = null, watch = 0, isDown = false, isSending = false, isLoading = false;
  let wantsLoad = false, lastTap = null, lastTouch = -TOUCH_MS, shown = 0, part = 0, waitingKeys = [], source = "";

  /* ---- more than fits: first less air, then pages ---- */

  function fits(main) {
    const end = main.getBoundingClientRect().bottom - parseFloat(getComputedStyle(main).paddingBottom);
    return main.scrollHeight <= main.clientHeight + 1 && main.scrollWidth <= main.clientWidth + 1
      && [...main.children].every((part) => part.getBoundingClientRect().bottom <= end + 1);
  }

  function show(main, atoms, from, to) {
    atoms.forEach((atom, i) => { atom.hidden = i < from || i >= to; });
    const boxes = all("[data-box]", main);
    boxes.forEach((box) => { box.hidden = false; });
    const gone = boxes.filter((box) => {
      const inside = all("[data-atom], [data-head]", box);
      return inside.length && inside.every((part) => !part.getClientRects().length);
    });
    gone.forEach((box) => { box.hidden = true; });
  }

  function paginate() {
    const main = one("main");
    if (!main) return;
    // Who acts may have left for the top bar: then it stands there on every page. It goes there
    // rather than to a page of its own.
    const every = all("[data-atom]", main)
      .filter((atom) => getComputedStyle(atom).position !== "fixed");
    const head = one("[data-head]", main);
    const alone = (atom) => "alone" in atom.dataset;
    root.classList.remove("tight", "dense", "stacked", "paged");
    reveal(main, head, every);
    main.pages = null;
    const perPage = Number(main.dataset.perPage || 0) || every.length;
    let atoms = every;
    const mustTurn = atoms.length > perPage || atoms.filter(alone).length > 1;
    if (!mustTurn && fits(main)) return;
    for (const level of ["tight", "dense", "stacked"]) {
      root.classList.add(level);
      if (!mustTurn && fits(main)) return;
    }
    root.classList.remove("tight", "dense", "stacked");
    root.classList.add("paged");
    const again = () => {
      reveal(main, head, every);
      atoms = every.filter((atom) => atom.getClientRects().length);
      atoms.sort((a, b) => isLast(a) - isLast(b));
      return cut(main, head, atoms, perPage, alone);
    };
    let pages = again();
    if (!mustTurn || pages.some((part) => part.isOver)) {
      root.classList.add("tight", "dense", "stacked");
      pages = again();
    }
    if (innerWidth > 600 && isLast(atoms[pages.at(-1).from])) {
      root.classList.add("aside");
      paginate();
      return;
    }
    main.atoms = atoms;
    if (pages.length < 2) {
      root.classList.remove("paged");
      if (head) seen(main, head, pages[0].head);
      show(main, every, 0, every.length);
      return;
    }
    main.pages = pages;
    turnTo(Math.min(shown, pages.length - 1));
  }

  function reveal(main, head, atoms) {
    if (head) seen(main, head, true);
    show(main, atoms, 0, atoms.length);
  }

  /* The question in the top bar: smaller letters where it is long. */
  function lay() {
    if (root.matches(".near")) { near(part); return; }
    // What a low screen is, the style says.
    root.classList.toggle("aside", innerWidth > 600
      && (getComputedStyle(root).getPropertyValue("--low") || root.dataset.size === "xl"));
    paginate();
    foot();
    all(".topic").forEach((topic) => {
      topic.classList.remove("long");
      topic.classList.toggle("long", topic.scrollHeight > topic.clientHeight + 1);
    });
  }

  /* Stop is never covered and never beside the screen: rather a word less. */
  function foot() {
    const bar = one("footer");
    root.classList.remove("brief", "briefer");
    for (const level of ["brief", "briefer"]) {
      if (bar.scrollWidth > bar.clientWidth) root.classList.add(level);
    }
  }

  /* A heading that there is no room for is still read aloud: its echo takes no room. */
  function seen(main, head, isSeen) {
    head.hidden = !isSeen;
    let echo = one("h1.echo", main);
    if (!echo && !isSeen) {
      echo = document.createElement("h1");
      echo.className = "echo away";
      echo.textContent = head.textContent;
      main.prepend(echo);
    }
    if (echo) echo.hidden = isSeen;
  }

  /* Fill page after page with as much as fits. The heading stays as long as there is room; a
     field that repeats it as its label needs no page of its own for it. Answers that weigh the
     same stay together: none waits behind a turn of the page while another is seen. */
  function cut(main, head, atoms, perPage, alone) {
    const pages = [];
    const isRepeated = head && head.dataset.head === "typed" && root.dataset.size === "normal";
    const group = (i) => atoms[i] && atoms[i].closest("[data-answers]");
    // The title of a box goes with what it stands above.
    const least = (i) => (leads(atoms[i]) && i + 1 < atoms.length ? least(i + 1) : i + 1);
    const endOf = (i) => {
      let end = least(i);
      while (group(i) && group(end) === group(i)) end += 1;
      return end - i <= perPage ? end : least(i);
    };
    let at = 0;
    while (at < atoms.length) {
      let end = endOf(at), hasHead = Boolean(head);
      if (head) seen(main, head, true);
      show(main, atoms, at, end);
      if (end > least(at) && !fits(main)) {
        end = least(at);
        show(main, atoms, at, end);
      }
      if (head && !fits(main)) {
        if (pages.length === 0 && !isRepeated) pages.push({ from: 0, to: 0, head: true });
        seen(main, head, false);
        hasHead = false;
        show(main, atoms, at, end);
      }
      const isOver = !fits(main);
      if (isOver && atoms[at].dataset.leads === "spare") {
        atoms.splice(at, 1)[0].hidden = true;
        continue;
      }
      if (isOver) end = at + 1;
      while (end < atoms.length && !alone(atoms[at]) && !alone(atoms[end]) && end - at < perPage) {
        const next = group(end) && group(end) === group(end - 1) ? end + 1 : endOf(end);
        if (next - at > perPage) break;
        show(main, atoms, at, next);
        if (!fits(main)) break;
        end = next;
      }
      pages.push({ from: at, to: end, head: hasHead, isOver });
      at = end;
    }
    accompany(main, head, atoms, pages);
    return pages;
  }

  const leads = (atom) => "leads" in atom.dataset;
  const isLast = (atom) => atom.dataset.atom === "last";

  /* Keys that would stand on the last page alone get company: of the page before it the panel
     at its end, or as much of it as fits. */
  function accompany(main, head, atoms, pages) {
    for (let i = pages.length - 1; i > 0; i -= 1) {
      const page = pages[i], before = pages[i - 1], end = atoms[before.to - 1];
      const own = atoms.slice(page.from, page.to).filter((atom) => !isLast(atom));
      if (!own.every((atom) => atom.matches("button")) || !end || end.matches("button")) return;
      const box = end.closest(".panel"), inBox = (n) => box && box.contains(atoms[n]);
      let from = before.to - 1;
      while (!inBox(before.from) && inBox(from - 1)) from -= 1;
      if (head) seen(main, head, page.head);
      for (; from < before.to; from += 1) {
        show(main, atoms, from, page.to);
        if (from > before.from && !leads(atoms[from - 1]) && fits(main)) break;
      }
      if (from === before.to) return;
      before.to = page.from = from;
    }
  }

  function turnTo(number) {
    const main = one("main"), head = one("[data-head]", main);
    if (!main.pages || !main.pages[number]) return;
    shown = number;
    const { from, to, head: hasHead } = main.pages[number];
    if (head) seen(main, head, hasHead);
    show(main, main.atoms, from, to);
    count(number, main.pages.length - 1);
    const field = one("input:not([type=hidden]):not([type=radio]), textarea", main);
    const visible = field && field.offsetParent ? field : null;
    if (visible) visible.focus({ preventScroll: true });
  }

  function count(number, last) {
    one("[data-more]").classList.toggle("none", number === last);
    one("[data-earlier]").classList.toggle("none", number === 0);
    one("[data-count]").textContent = (number + 1) + "/" + (last + 1);
  }

  /* ---- leaves of a paper ---- */

  function far() {
    root.classList.remove("near");
    lay();
  }

  /* As wide as the screen; one part of it after another, each with a strip of the one before. */
  function near(number) {
    const main = one("main"), step = main.clientHeight * .85;
    root.classList.add("near", "paged");
    all(".sheet").forEach((sheet) => { sheet.sizes = "100vw"; });
    part = number;
    main.scrollTop = number * step;
    count(number, Math.ceil((main.scrollHeight - main.clientHeight) / step));
    foot();
  }

  function leaf(box, step) {
    const sheets = all(".sheet", box);
    const at = Math.max(0, sheets.findIndex((sheet) => !sheet.hidden));
    const next = Math.min(sheets.length - 1, Math.max(0, at + step));
    sheets.forEach((sheet, i) => { sheet.hidden = i !== next; });
    all("[data-leaf]", box).forEach((turn) => {
      turn.classList.toggle("none", next + Number(turn.dataset.leaf) < 0
        || next + Number(turn.dataset.leaf) >= sheets.length);
    });
  }

  /* ---- typing ---- */

  const fieldOf = (board) => document.getElementById(board.dataset.for);

  function capitals(board) {
    const field = fieldOf(board), kind = board.dataset.capitals;
    const before = field.value.slice(0, field.selectionStart);
    const is = kind === "all" || (kind === "words" && /(^|[\s'-])$/.test(before))
      || (kind === "sentences" && /(^|[.!?]\s+|\n)$/.test(before));
    board.classList.toggle("capital", is);
    return is;
  }

  function type(board, text) {
    const field = fieldOf(board);
    // The stroke after day and month has come by itself.
    if (text === "/" && field.value.endsWith("/")) return;
    const from = field.selectionStart, to = field.selectionEnd;
    if (text && field.maxLength > 0 && field.value.length - (to - from) >= field.maxLength) return;
    const typed = capitals(board) ? text.toLocaleUpperCase(root.lang) : text;
    const start = text || from !== to ? from : Math.max(0, from - 1);
    field.setRangeText(typed, start, to, "end");
    if (text && field.dataset.kind === "date" && /^\d\d$|^\d\d\/\d\d$/.test(field.value)) {
      field.setRangeText("/", field.value.length, field.value.length, "end");
    }
    keep(field);
    capitals(board);
    field.focus({ preventScroll: true });
  }

  function key(button) {
    const board = button.closest(".keyboard"), what = button.dataset.key;
    if (button.dataset.layer) {
      all(".layer", board).forEach((layer) => {
        layer.hidden = layer.dataset.layer !== button.dataset.layer;
      });
      return;
    }
    type(board, button.dataset.do === "del" ? "" : button.dataset.do === "space" ? " " : what);
  }

  const draftOf = (field) => root.dataset.visit + "/" + field.id + "/" + (field.dataset.of || "");
  const keep = (field) => {
    // A code is nobody's draft: who comes next must not find it typed already.
    if (field.type !== "password") drafts.set(draftOf(field), field.value);
  };

  /* ---- sending: once ---- */

  function bodyOf(form, button) {
    const data = new FormData(form, button);
    return new URLSearchParams([...data].map(([k, v]) => [k, String(v)]));
  }

  function spoken() {
    return all("main h1, main h2, main p, main b, main small, main li, main dt, main dd")
      .filter((part) => part.offsetParent && !one("b, small, p", part))
      .map((part) => part.textContent.replace(/[\u00ad\u2066-\u2069]/g, "").trim())
      .filter(Boolean).join(". ");
  }

  function quietly(action, form) {
    const body = bodyOf(form || one("#f"), null);
    if (action === "listen") body.set("text", spoken().slice(0, 1200));
    fetch("/act/" + action, { method: "POST", body, headers: { "X-Relais": "quiet" } })
      .catch(() => {});
  }

  async function send(form, button) {
    if (isSending || isDown) return;
    // formAction of a button without one is the address of the page, not of its form.
    const own = button && button.hasAttribute("formaction");
    const address = new URL(own ? button.formAction : form.action);
    if (button && "quiet" in button.dataset) { quietly(address.pathname.slice(5), form); return; }
    isSending = true;
    const body = bodyOf(form, button);
    all("#code", form).forEach((code) => { code.value = ""; });
    if (button) button.classList.add("pressed");
    const busy = setTimeout(() => root.classList.add("busy"), BUSY_MS);
    try {
      const answer = await fetch(address, { method: "POST", body });
      if (!answer.ok && answer.status !== 500) { location.replace("/"); return; }
      swap(await answer.text());
    } catch { curtain(); }
    finally {
      clearTimeout(busy);
      root.classList.remove("busy");
      isSending = false;
      if (wantsLoad) load(); else pressWaiting();
    }
  }

  /* ---- the page changes ---- */

  const bare = (html) => html.replace(/data-revision="\d+"/, "");

  function swap(html) {
    if (bare(html) === source) {
      root.dataset.revision = (html.match(/data-revision="(\d+)"/) || [])[1] || "0";
      all(".pressed").forEach((button) => button.classList.remove("pressed"));
      return;
    }
    source = bare(html);
    const next = new DOMParser().parseFromString(html, "text/html");
    const old = root.dataset, was = old.visit + old.turn + old.state + (old.prompt || "");
    if (old.visit !== next.documentElement.dataset.visit) drafts.clear();
    for (const { name } of [...root.attributes]) if (name !== "class") root.removeAttribute(name);
    for (const { name, value } of next.documentElement.attributes) {
      if (name !== "class") root.setAttribute(name, value);
    }
    const typed = (one("#code") || {}).value;
    document.body.replaceWith(next.body);
    const now = root.dataset, isSame = now.visit + now.turn + now.state + (now.prompt || "") === was;
    if (!isSame) {
      shown = 0;
      // Who pressed green meant the screen that stood there.
      waitingKeys = waitingKeys.filter((name) => name !== "confirm");
    }
    begin();
    // A printer that comes back must not take the code from under somebody's finger.
    const code = one("#code");
    if (code && typed && isSame) code.value = typed;
  }

  async function load() {
    if (isDown) return;
    if (isSending || isLoading) { wantsLoad = true; return; }
    isLoading = true;
    wantsLoad = false;
    try {
      const answer = await fetch("/", { cache: "no-store" });
      if (!answer.ok) throw new Error("gone");
      swap(await answer.text());
    } catch { curtain(); }
    finally {
      isLoading = false;
      pressWaiting();
      if (wantsLoad) load();
    }
  }

  /* ---- the curtain ---- */

  /* Nothing of anybody stays, not in the page and not in its memory. `isSecond`: another window
     took our place; only a finger brings us back, else two windows would drive each other out. */
  function curtain(isSecond) {
    if (isDown) return;
    isDown = true;
    const drop = one(".drop");
    root.classList.add("curtain");
    for (const { name } of [...root.attributes]) {
      if (name.startsWith("data-")) root.removeAttribute(name);
    }
    drafts.clear();
    source = "";
    document.body.replaceChildren(...(drop ? [drop] : []));
    if (stream) stream.close();
    clearTimeout(watch);
    if (isSecond === true) {
      addEventListener("pointerdown", () => location.replace("/"), { once: true });
      return;
    }
    const ask = async () => {
      try {
        const answer = await fetch("/", { cache: "no-store" });
        if (answer.ok) { location.replace("/"); return; }
      } catch { /* nobody is there yet */ }
      setTimeout(ask, POLL_MS);
    };
    setTimeout(ask, POLL_MS);
  }

  function alive() {
    clearTimeout(watch);
    watch = setTimeout(() => curtain(), SILENT_MS);
  }

  function listen() {
    stream = new EventSource("/changes?page=" + page + "&seen=" + (root.dataset.revision || -1));
    stream.addEventListener("beat", alive);
    stream.addEventListener("change", (event) => {
      alive();
      if (event.data !== root.dataset.revision) load();
    });
    stream.addEventListener("key", (event) => {
      alive();
      if (isLoading || isSending) waitingKeys.push(event.data); else pressKey(event.data);
    });
    stream.addEventListener("over", () => curtain(true));
    stream.onerror = () => curtain();
    alive();
  }

  /* ---- the keys of the panel ---- */

  /* The helper's key where no visit is: to the code, wherever it is typed. */
  function helper() {
    const corner = one(".corner"), { pages, atoms } = one("main"), code = one("#code");
    if (corner) corner.open = !corner.open;
    else if (pages && code) {
      turnTo(pages.findIndex(({ from, to }) =>
        atoms.slice(from, to).some((atom) => atom.contains(code))));
    }
  }

  /* Keys that were pressed while a screen was on its way. */
  function pressWaiting() {
    while (waitingKeys.length && !isSending && !isLoading) pressKey(waitingKeys.shift());
  }

  function pressKey(name) {
    const stops = ["main :is(button, summary, label.tile)", ".turner button",
      "footer :is(.back, .stop, summary)", "header button"].flatMap((where) => all(where))
      .filter((stop) => stop.checkVisibility() && !stop.classList.contains("none")
        && !stop.disabled && !stop.closest(".keyboard"));
    let at = stops.findIndex((stop) => stop.classList.contains("here"));
    if (name === "repeat") { quietly("listen"); return; }
    if (name === "helper") { helper(); return; }
    if (name === "confirm" && at >= 0) { stops[at].click(); return; }
    if (name === "confirm") { at = begun(stops); if (at < 0) return; }
    else if (name === "next") at += 1;
    // The end that is nearest is that of the choices, not the last tool of the top bar.
    else at = at < 0 ? stops.findLastIndex((stop) => stop.closest("main")) : at - 1;
    const stop = stops[(at + stops.length) % stops.length];
    all(".here").forEach((other) => other.classList.remove("here"));
    if (!stop) return;
    stop.classList.add("here");
    stop.focus({ preventScroll: true });
  }

  /* Green where nothing is marked: does the thing to do now, or turns to it. Where there is none,
     nobody's choice is made: returns the number of the first, for the mark. Where there is no
     choice either, it is a touch. */
  function begun(stops) {
    const keys = stops.filter((stop) => stop.closest("main") && !stop.closest(".who3"));
    const first = keys.find((stop) => stop.matches(".tile"));
    const now = keys.find((stop) => "primary" in stop.dataset)
      || ((one("main [data-primary]") || !first) && one(".paged [data-more]:not(.none)"));
    if (now) now.click();
    else if (!keys.length) quietly("touch");
    return now ? -1 : stops.indexOf(first || keys[0]);
  }

  /* ---- fingers ---- */

  const stay = (event) => event.preventDefault();
  for (const name of ["contextmenu", "dragstart", "drop", "dragover", "gesturestart", "auxclick"]) {
    document.addEventListener(name, stay, { capture: true });
  }
  document.addEventListener("selectstart", (event) => {
    if (!event.target.closest || !event.target.closest("input, textarea")) stay(event);
  });
  document.addEventListener("wheel", (event) => { if (event.ctrlKey) stay(event); },
    { passive: false });

  function isHere() {
    const now = performance.now();
    if (now - lastTouch < TOUCH_MS || !one("#f")) return;
    lastTouch = now;
    quietly("touch");
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const now = performance.now();
    isHere();
    if (!button || button.classList.contains("none")) return;
    if (button.classList.contains("key")) { key(button); return; }
    /* A double tap: its second half must not press what has just come to stand there. */
    const again = lastTap && event.isTrusted && event.detail > 0 && now - lastTap.at < AGAIN_MS
      && Math.hypot(event.clientX - lastTap.x, event.clientY - lastTap.y) < SAME_PLACE_PX;
    if (again) { stay(event); return; }
    lastTap = { at: now, x: event.clientX, y: event.clientY };
    const who = one(".who3");
    if (who && getComputedStyle(who).position === "fixed") {
      const isMark = who.contains(button) && button.ariaPressed === "true";
      if (isMark) stay(event);
      who.classList.toggle("open", isMark && !who.classList.contains("open"));
    }
    const { more, earlier, near: isLens } = button.dataset, isNear = root.matches(".near");
    const by = more === "" ? 1 : earlier === "" ? -1 : 0;
    if (isNear && by) near(part + by);
    else if (isNear && (isLens === "" || button.matches(".back"))) { stay(event); far(); }
    else if (isLens === "") near(0);
    else if (by) turnTo(shown + by);
    else if (button.dataset.leaf) leaf(button.closest(".leaves"), Number(button.dataset.leaf));
  }, { capture: true });

  document.addEventListener("submit", (event) => {
    stay(event);
    send(event.target, event.submitter);
  });

  document.addEventListener("input", (event) => {
    keep(event.target);
    isHere();
    const board = one(`.keyboard[data-for="${event.target.id}"]`);
    if (board) capitals(board);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input")) return;
    stay(event);
    const form = event.target.form, main = one("main");
    if (main.pages && shown < main.pages.length - 1) turnTo(shown + 1);
    else if (form) form.requestSubmit(one("[data-primary]", form) || undefined);
  });

  /* ---- seconds that run down ---- */

  let ticking = 0;
  function countDown() {
    clearInterval(ticking);
    const clock = one("[data-seconds]");
    if (!clock) return;
    let left = Number(clock.dataset.seconds);
    const number = one("b", clock) || clock;
    ticking = setInterval(() => {
      left = Math.max(0, left - 1);
      number.textContent = number.textContent.replace(/\d+/, left);
      if (left > 0) return;
      clearInterval(ticking);
      clock.hidden = true;
    }, 1000);
  }

  function begin() {
    all("input[id], textarea[id]").forEach((field) => {
      const isMended = one(".hint") && root.dataset.state !== "closed";
      if (drafts.has(draftOf(field)) && !isMended) field.value = drafts.get(draftOf(field));
    });
    all(".leaves").forEach((box) => leaf(box, 0));
    all(".layer > i").forEach((sign) => {
      const same = one(`[data-do="${CSS.escape(sign.textContent)}"]`, sign.closest(".keyboard"));
      const button = same ? same.cloneNode(true) : document.createElement("button");
      if (!same) {
        button.className = "key";
        button.dataset.key = button.textContent = sign.textContent;
      }
      sign.replaceWith(button);
    });
    all(".key").forEach((button) => { button.type = "button"; });
    all(".keyboard").forEach((board) => {
      const field = fieldOf(board);
      field.setSelectionRange(field.value.length, field.value.length);
      capitals(board);
    });
    far();
    const field = one("main input[id]:not([type=radio]), main textarea[id]");
    if (field && field.offsetParent) field.focus({ preventScroll: true });
    countDown();
    // A language may bring letters that are not here yet; they are wider or higher.
    if (document.fonts && document.fonts.status !== "loaded") document.fonts.ready.then(lay);
    root.dataset.ready = "";
  }

  addEventListener("resize", lay);
  document.addEventListener("DOMContentLoaded", () => {
    begin();
    if (one("#f")) listen();
  });
})();
