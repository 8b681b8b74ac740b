/* Proposes words and practices while somebody types. The search works without it. */
(function () {
  "use strict";
  var box = document.querySelector("input[data-suggest]");
  var line = navigator.connection || {};
  var LEAST = 2, PAUSE = 250, PATIENCE = 5000;
  /* Whoever pays by the byte, or waits for each, is asked nothing extra. */
  if (!box || !box.form || line.saveData || /2g$/.test(line.effectiveType)) { return; }
  var list = document.createElement("ul");
  var told = document.createElement("p");
  var timer = 0, request = null, asked = "", at = -1;

  function close() {
    list.hidden = true;
    at = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function forget() {
    window.clearTimeout(timer);
    if (request) { request.abort(); request = null; }
    close();
  }

  function add(text, address, lang) {
    var option = document.createElement("li");
    option.id = "suggestion-" + list.children.length;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dir = "auto";
    option.textContent = text;
    if (lang) {
      var kind = document.createElement("small");
      option.lang = lang;
      kind.lang = document.documentElement.lang;
      kind.textContent = box.getAttribute("data-practice");
      option.appendChild(document.createTextNode(" "));
      option.appendChild(kind);
    }
    option.choose = function () {
      forget();
      if (address) { window.location.assign(address); return; }
      box.value = text;
      box.form.submit();
    };
    list.appendChild(option);
  }

  function show(found) {
    list.textContent = "";
    found.suggestions.forEach(function (word) { add(word.text); });
    found.practices.forEach(function (practice) {
      add(practice.title, practice.url.replace(/^\w+:\/\/[^/]*/, ""), practice.lang);
    });
    var count = list.children.length;
    close();
    list.hidden = !count;
    box.setAttribute("aria-expanded", String(count > 0));
    told.textContent = count ? box.getAttribute("data-count").replace("#", count) : "";
  }

  function ask() {
    var words = box.value.trim();
    asked = words;
    if (words.length < LEAST) { return; }
    var mine = request = new XMLHttpRequest();
    mine.open("GET", box.getAttribute("data-suggest") + "&q=" + encodeURIComponent(words));
    mine.timeout = PATIENCE;
    mine.onload = function () {
      if (mine !== request || mine.status !== 200 || document.activeElement !== box) { return; }
      try { show(JSON.parse(mine.responseText)); } catch (error) { close(); }
    };
    mine.send();
  }

  function move(step) {
    var options = list.children, count = options.length;
    if (at >= 0) { options[at].setAttribute("aria-selected", "false"); }
    /* Between the last and the first there is the box itself. */
    at = (at + 1 + step + count + 1) % (count + 1) - 1;
    if (at < 0) { box.removeAttribute("aria-activedescendant"); return; }
    options[at].setAttribute("aria-selected", "true");
    options[at].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", options[at].id);
  }

  function press(event) {
    if (list.hidden) {
      if (event.key === "ArrowDown" && list.children.length && asked === box.value.trim()) {
        list.hidden = false;
        box.setAttribute("aria-expanded", "true");
      } else { return; }
    }
    if (event.key === "ArrowDown") { move(1); }
    else if (event.key === "ArrowUp") { move(-1); }
    else if (event.key === "Enter" && at >= 0) { list.children[at].choose(); }
    else if (event.key === "Escape") { close(); }
    else { return; }
    event.preventDefault();
  }

  list.id = "suggestions";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.getAttribute("data-label"));
  told.className = "vh";
  told.setAttribute("role", "status");
  box.parentNode.appendChild(list);
  box.parentNode.parentNode.appendChild(told);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-expanded", "false");
  box.setAttribute("autocomplete", "off");
  box.addEventListener("input", function () {
    forget();
    timer = window.setTimeout(ask, PAUSE);
  });
  /* Typed before this was here. */
  if (document.activeElement === box && box.value) { timer = window.setTimeout(ask, PAUSE); }
  box.addEventListener("keydown", press);
  box.addEventListener("blur", forget);
  box.form.addEventListener("submit", forget);
  /* The box keeps the focus while an option is touched. */
  list.addEventListener("mousedown", function (event) { event.preventDefault(); });
  list.addEventListener("click", function (event) {
    var option = event.target;
    while (option !== list && !option.choose) { option = option.parentNode; }
    if (option.choose) { option.choose(); }
  });
}());
