/* Keeps an entry on the phone when a button asks for it, and lists what is kept. Before that button
   nothing is stored, and no worker runs. */
(function () {
  "use strict";
  const STORE = "kept", DRAFTS = "keep-drafts", PATIENCE = 3000;
  const ENTRY = /^\/(fr|en)\/practices\//;
  const area = document.getElementById("keep"), list = document.getElementById("kept");
  const workers = navigator.serviceWorker;
  const lang = document.documentElement.lang;

  function words(element, name) { return element.getAttribute("data-" + name); }

  function day(found) {
    return new Date(Number(found.headers.get("x-kept"))).toLocaleDateString(
      lang === "en" ? "en-GB" : lang, { day: "numeric", month: "long", year: "numeric" });
  }

  /* Opening would make an empty store. */
  async function store() { return await caches.has(STORE) ? caches.open(STORE) : null; }

  async function find(path) {
    const kept = await store();
    return kept ? kept.match(path, { ignoreVary: true }) : null;
  }

  async function entries() {
    const kept = await store(), found = [];
    for (const request of kept ? await kept.keys() : []) {
      const path = new URL(request.url).pathname;
      const copy = ENTRY.test(path) && await kept.match(request, { ignoreVary: true });
      if (copy) { found.push([path, copy]); }
    }
    return found;
  }

  /* A wish to the worker, and what it answers; with a limit where it must not hold things up. */
  function tell(worker, wish, limit) {
    return new Promise(function (resolve) {
      const line = new MessageChannel();
      if (!worker) { resolve("failed"); return; }
      line.port1.onmessage = function (event) { resolve(event.data); };
      worker.postMessage(wish, [line.port2]);
      if (limit) { window.setTimeout(resolve, limit, "failed"); }
    });
  }

  async function active() {
    const registration = await workers.getRegistration("/");
    return registration && registration.active;
  }

  /* The worker first, so that it does not put back what it is just about to store. */
  async function clear() {
    await tell(await active(), { clear: true }, PATIENCE);
    await Promise.all((await caches.keys()).map(function (name) { return caches.delete(name); }));
    await Promise.all((await workers.getRegistrations()).map(function (each) {
      return each.unregister();
    }));
    /* Drafts, which only their own pages store (see device.js). */
    localStorage.removeItem(DRAFTS);
    indexedDB.deleteDatabase("drafts");
  }

  async function drop(path) {
    await tell(await active(), { drop: path }, PATIENCE);
    const kept = await store();
    if (kept) { await kept.delete(path, { ignoreVary: true }); }
    if (!(await entries()).length) { await clear(); }
  }

  async function keep(path) {
    await workers.register("/sw.js", { scope: "/" });
    const told = await tell((await workers.ready).active, { keep: path });
    if (!(await entries()).length) { await clear(); }
    return told;
  }

  function showEntry() {
    const path = words(area, "page"), button = area.querySelector("button");
    const line = area.querySelector("[role=status]"), label = button.textContent;
    let isKept = false;

    function show(kept, told) {
      isKept = kept;
      button.textContent = kept ? words(area, "stop") : label;
      line.textContent = told ? words(area, told) : "";
      button.removeAttribute("aria-disabled");
      area.hidden = false;
    }

    button.addEventListener("click", async function () {
      if (button.getAttribute("aria-disabled")) { return; }
      let told = "failed";
      button.setAttribute("aria-disabled", "true");
      line.textContent = words(area, "busy");
      try {
        if (isKept) { await drop(path); told = "dropped"; } else { told = await keep(path); }
      } catch (error) { told = "failed"; }
      show(told === "kept" || (isKept && told === "failed"), told);
    });

    active().then(function (worker) { return worker && find(path); }).then(function (found) {
      show(Boolean(found), found ? "kept" : "");
    }, function () { /* This browser lets nothing be stored: there is no button. */ });
  }

  function showList() {
    const line = list.querySelector("[role=status]"), all = list.querySelector("button");
    const shown = list.querySelector("ul"), pattern = list.querySelector("template");
    let turn = 0, none = words(list, "nothing");

    function item(path, found) {
      const row = document.importNode(pattern.content, true);
      const title = decodeURIComponent(found.headers.get("x-kept-title")) || path;
      const link = row.querySelector("a"), button = row.querySelector("button");
      link.href = path;
      link.textContent = title;
      link.lang = found.headers.get("x-kept-lang") || path.slice(1, 3);
      row.querySelector("b").textContent = words(list, path.slice(1, 3));
      row.querySelector("[data-day]").textContent = day(found);
      button.lastChild.textContent = " " + title;
      button.addEventListener("click", async function () {
        await drop(path);
        await show();
        line.focus();
      });
      return row;
    }

    async function show() {
      const mine = turn += 1;
      const found = await entries();
      const rest = (await workers.getRegistrations()).length || localStorage.getItem(DRAFTS);
      /* Somebody pressed a button meanwhile: what was read before that is not true any more. */
      if (mine !== turn) { return; }
      found.sort(function (one, other) { return one[0] < other[0] ? -1 : 1; });
      shown.textContent = "";
      found.forEach(function (each) { shown.appendChild(item(each[0], each[1])); });
      shown.hidden = !found.length;
      all.parentNode.hidden = !found.length && !rest;
      line.textContent = found.length
        ? words(list, "some").replace("#", found.length) : none;
    }

    all.addEventListener("click", async function () {
      await clear();
      none = words(list, "deleted");
      await show();
      line.focus();
    });

    show().then(active).then(function (worker) {
      return worker && tell(worker, { check: true }).then(show);
    }).catch(function () { line.textContent = words(list, "unable"); });
  }

  if (area && workers && window.caches) { showEntry(); }
  if (list && workers && window.caches) { showList(); }
  else if (list) { list.querySelector("[role=status]").textContent = words(list, "unable"); }
}());
