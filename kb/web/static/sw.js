/* Gives back the entries that a reader chose to keep, where there is no network. It is there only
   once it was asked for, asks for everything as a visitor would, and keeps nothing else. */
"use strict";
const STORE = "kept";
const MOST = 50;
const LONGEST = 30 * 24 * 3600 * 1000;
const ENTRY = /^\/(fr|en)\/practices\/[a-z0-9-]{1,100}$/;
/* Where readers go; what is behind a password does not pass through here at all. */
const READING = /^\/((fr|en)\/(practices(\/[a-z0-9-]{1,100})?|offline)?)?$/;
const SIGNS = { amp: "&", lt: "<", gt: ">", "#39": "'", "#34": "\"" };
/* How long a network of the slowest kind may take to begin its answer. */
self.patience = 8000;
/* What changes the store waits for its turn, so that nothing comes back that was just deleted. */
let turn = Promise.resolve();

function inTurn(task) {
  const mine = turn.then(task);
  turn = mine.catch(() => {});
  return mine;
}

/* Opening would make an empty store. */
async function opened() {
  return await caches.has(STORE) ? caches.open(STORE) : null;
}

function pathOf(request) { return new URL(request.url).pathname; }

function isFile(path) { return path.startsWith("/static/"); }

function isFresh(path, found) {
  return !ENTRY.test(path) || Date.now() - Number(found.headers.get("x-kept") || NaN) < LONGEST;
}

async function find(path) {
  const store = await opened();
  const found = store && await store.match(path, { ignoreVary: true });
  return found && (isFile(path) || isFresh(path, found)) ? found : null;
}

function ask(path, tag) {
  const wanted = { credentials: "omit", redirect: "manual" };
  if (tag) { wanted.headers = { "If-None-Match": tag }; wanted.cache = "no-store"; }
  else { wanted.cache = isFile(path) ? "default" : "no-cache"; }
  return fetch(path, wanted);
}

/* Only what the server sends to everybody, and marks as a page to keep. */
function mayBeKept(path, answer, body) {
  const control = answer.headers.get("cache-control") || "";
  return answer.status === 200 && answer.type === "basic" && !answer.redirected
    && /^text\/html/.test(answer.headers.get("content-type"))
    && /\bpublic\b/.test(control) && !/no-store|private/.test(control)
    && body.includes("data-page=\"" + path + "\"");
}

/* What a browser loads with the page; pictures and what others are told of it are no such files. */
function filesOf(body) {
  const links = body.match(/(?:href|src)="\/static\/[\w.-]+(?=")/g) || [];
  return Array.from(new Set(links.map((link) => link.slice(link.indexOf("/static/")))));
}

function copyOf(answer, body) {
  const headers = new Headers(answer.headers);
  const title = /<h1(?: lang="(\w\w)")?[^>]*>([^<]*)</.exec(body) || ["", "", ""];
  const words = title[2].trim().replace(/&(amp|lt|gt|#39|#34);/g, (_, name) => SIGNS[name]);
  headers.delete("content-encoding");
  headers.delete("content-length");
  headers.set("x-kept", Date.now());
  headers.set("x-kept-title", encodeURIComponent(words));
  headers.set("x-kept-lang", title[1] || "");
  headers.set("x-kept-files", filesOf(body).join(" "));
  return new Response(body, { headers: headers });
}

/* The files a page needs that are not here yet; a page without them is not kept. */
async function missing(body) {
  const found = [];
  for (const path of filesOf(body)) {
    if (await find(path)) { continue; }
    const answer = await ask(path);
    if (answer.status !== 200) { throw new Error(path); }
    found.push([path, answer]);
  }
  return found;
}

/* Deletes what is too old and what no page needs; without a page nothing stays at all. */
async function tidy() {
  const store = await opened();
  if (!store) { return; }
  const needed = new Set(), files = [];
  let entries = 0;
  for (const request of await store.keys()) {
    const path = pathOf(request);
    if (isFile(path)) { files.push(path); continue; }
    const found = await store.match(request, { ignoreVary: true });
    if (!isFresh(path, found)) { await store.delete(request, { ignoreVary: true }); continue; }
    if (ENTRY.test(path)) { entries += 1; }
    found.headers.get("x-kept-files").split(" ").forEach((file) => needed.add(file));
  }
  if (!entries) { await clear(); return; }
  for (const path of files) {
    if (!needed.has(path)) { await store.delete(path, { ignoreVary: true }); }
  }
}

async function clear() {
  for (const name of await caches.keys()) { await caches.delete(name); }
  await self.registration.unregister();
}

async function drop(path) {
  const store = await opened();
  if (store) { await store.delete(path, { ignoreVary: true }); }
  await tidy();
}

async function pages() {
  const store = await opened();
  return store ? (await store.keys()).map(pathOf).filter((path) => !isFile(path)) : [];
}

/* Everything is fetched before anything is stored: half a page helps nobody. */
async function keep(path) {
  if (!ENTRY.test(path)) { return "refused"; }
  const list = path.slice(0, 4) + "offline";
  const wanted = await find(list) ? [path] : [path, list];
  const all = [];
  for (const each of wanted) {
    const answer = await ask(each), body = await answer.text();
    if (answer.status >= 500) { return "failed"; }
    if (!mayBeKept(each, answer, body)) { return "refused"; }
    all.push(...await missing(body), [each, copyOf(answer, body)]);
  }
  return inTurn(async () => {
    const there = (await pages()).filter((each) => ENTRY.test(each));
    if (there.length >= MOST && !there.includes(path)) { return "full"; }
    const store = await caches.open(STORE);
    for (const [each, answer] of all) { await store.put(each, answer); }
    return "kept";
  });
}

async function renew(path, answer, body) {
  const files = await missing(body);
  await inTurn(async () => {
    const store = await opened();
    if (!store || !await store.match(path, { ignoreVary: true })) { return; }
    for (const [each, file] of files) { await store.put(each, file); }
    await store.put(path, copyOf(answer, body));
    await tidy();
  });
}

/* What an answer about a kept page tells: still the same, changed, or not for everybody any more. */
async function learn(path, answer, isVisitors) {
  if (answer.status === 404 || answer.status === 410) { return inTurn(() => drop(path)); }
  if (answer.status === 304) {
    const found = await find(path);
    return found && renew(path, found, await found.text());
  }
  if (answer.status !== 200) { return null; }
  const body = await answer.text();
  if (mayBeKept(path, answer, body)) { return renew(path, answer, body); }
  return isVisitors ? inTurn(() => drop(path)) : check(path);
}

async function check(path) {
  const found = await find(path);
  return found && learn(path, await ask(path, found.headers.get("etag")), true);
}

async function checkAll() {
  for (const path of await pages()) { await check(path); }
}

/* The kept page, saying that it is one and of which day. */
async function asCopy(path, found) {
  const body = await found.text();
  const day = new Date(Number(found.headers.get("x-kept")));
  const words = day.toLocaleDateString(path.startsWith("/en") ? "en-GB" : "fr",
    { day: "numeric", month: "long", year: "numeric" });
  return new Response(
    body.replace(" hidden data-copy", "").replace("<span data-day></span>", () => "<span data-day>" + words + "</span>"),
    { headers: found.headers });
}

async function offline(path) {
  for (const lang of [path.slice(1, 3), "fr", "en"]) {
    const list = "/" + lang + "/offline", found = await find(list);
    if (found) { return asCopy(list, found); }
  }
  return Response.error();
}

async function read(event, path) {
  const found = await find(path);
  const asked = fetch(event.request);
  if (!found) { return asked.catch(() => offline(path)); }
  /* First in line, because a body can be read once and the reader takes it. */
  event.waitUntil(asked.then((answer) => learn(path, answer.clone(), false)).catch(() => {}));
  const late = new Promise((resolve) => { setTimeout(resolve, self.patience); });
  const answer = await Promise.race([asked.catch(() => null), late]);
  return answer && answer.status < 500 ? answer : asCopy(path, found);
}

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const request = event.request, path = pathOf(request);
  if (request.method !== "GET" || !request.url.startsWith(self.location.origin + "/")) { return; }
  if (isFile(path)) {
    event.respondWith(find(path).then((found) => found || fetch(request)));
  } else if (request.mode === "navigate" && READING.test(path)) {
    event.respondWith(read(event, path));
  }
});

self.addEventListener("message", (event) => {
  const wish = event.data || {}, port = event.ports[0];
  const work = wish.keep ? swept.then(() => keep(String(wish.keep)))
    : wish.drop ? inTurn(() => drop(String(wish.drop)))
    : wish.clear ? inTurn(clear)
    : swept.then(checkAll);
  event.waitUntil(work.catch(() => "failed").then((told) => port && port.postMessage(told)));
});

const swept = inTurn(tidy).catch(() => {});
