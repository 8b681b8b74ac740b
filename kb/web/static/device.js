/* Previews of sections and, where asked for, a copy of the draft on this device. */
(() => {
  "use strict";
  const form = document.querySelector("form.writing"), area = document.getElementById("device");
  const KEY = "keep-drafts", DAYS = 14 * 86400000;
  const path = location.pathname.slice(3);
  if (!form || !window.fetch) { return; }

  for (const button of form.querySelectorAll("[data-preview]")) {
    const name = button.getAttribute("data-preview");
    const shown = document.getElementById("shown-" + name);
    button.hidden = false;
    button.addEventListener("click", async () => {
      const body = new FormData();
      body.append("csrf_token", form.elements.csrf_token.value);
      body.append("markdown", form.elements[name].value);
      try {
        const answer = await fetch(form.getAttribute("data-preview-at"), { method: "POST", body });
        if (!answer.ok) { throw answer; }
        shown.innerHTML = await answer.text();
      } catch (error) { shown.textContent = form.getAttribute("data-no-preview"); }
      shown.hidden = false;
    });
  }
  if (!area || !form.hasAttribute("data-autosave")) { return; }

  /* Written through to the disk. */
  const store = (deed) => new Promise((resolve, reject) => {
    const opening = indexedDB.open("drafts", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("drafts");
    opening.onerror = reject;
    opening.onsuccess = () => {
      const base = opening.result;
      const work = base.transaction("drafts", "readwrite", { durability: "strict" });
      const asked = deed(work.objectStore("drafts"));
      work.oncomplete = () => { base.close(); resolve(asked.result); };
      work.onabort = () => { base.close(); reject(work.error); };
    };
  });

  const box = area.querySelector("input"), line = area.querySelector("[role=status]");
  const offer = document.getElementById("restore");
  let changed = false, wished = localStorage.getItem(KEY);
  const say = (name) => { line.textContent = name && area.getAttribute("data-" + name); };
  const drop = () => store((all) => all.delete(path));
  const values = () => Array.from(new FormData(form)).filter((pair) => pair[0] !== "csrf_token");
  const plain = (pairs) => JSON.stringify(pairs
    .filter((pair) => !/^(lock_number|base)$/.test(pair[0]) && pair[1])
    .map((pair) => pair[0] + "=" + pair[1].replace(/\r/g, "").trim()));

  function keep() {
    if (!wished || !changed) { return; }
    changed = false;
    const copy = { at: Date.now(), values: values() };
    store((all) => all.put(copy, path)).then(() => say("kept"), () => say("unable"));
  }

  function bringBack(pairs) {
    for (const field of form.elements) {
      const mine = pairs.filter((pair) => pair[0] === field.name).map((pair) => pair[1]);
      if (/^(checkbox|radio)$/.test(field.type)) { field.checked = mine.includes(field.value); }
      else if (mine.length) { field.value = mine[0]; }
    }
    form.dispatchEvent(new Event("input"));
    offer.hidden = true;
  }

  async function open() {
    const old = Date.now() - DAYS;
    for (const name of await store((all) => all.getAllKeys())) {
      const copy = await store((all) => all.get(name));
      if (copy.at < old || (name === path && plain(copy.values) === plain(values()))) {
        await store((all) => all.delete(name));
      } else if (name === path) {
        const buttons = offer.querySelectorAll("button");
        offer.querySelector("[data-at]").textContent = new Date(copy.at).toLocaleString();
        offer.hidden = false;
        buttons[0].addEventListener("click", () => bringBack(copy.values));
        buttons[1].addEventListener("click", () => { drop(); offer.hidden = true; });
      }
    }
  }

  /* The wish may be lost in a power cut; a copy proves it. */
  async function start() {
    const bases = !wished && indexedDB.databases ? await indexedDB.databases() : [];
    wished = wished || bases.some((base) => base.name === "drafts");
    box.checked = wished;
    area.hidden = false;
    if (wished) {
      localStorage.setItem(KEY, "yes");
      await open();
    }
  }

  box.addEventListener("change", () => {
    wished = box.checked;
    if (wished) { localStorage.setItem(KEY, "yes"); } else {
      localStorage.removeItem(KEY);
      indexedDB.deleteDatabase("drafts");
      say("deleted");
    }
  });
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("change", () => { changed = true; });
  form.addEventListener("saved", () => {
    if (wished && !changed) { drop().then(() => say("")); }
  });
  setInterval(keep, 5000);
  start().catch(() => say("unable"));
})();
