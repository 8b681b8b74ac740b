/* Saves a draft every 10 seconds while it is being written. The form works without it. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-autosave]");
  var line = document.getElementById("saving");
  if (!form || !line || !window.FormData || !window.XMLHttpRequest) { return; }
  var changed = false, busy = false, stopped = false, waiting = null;

  function say(words) { if (line.textContent !== words) { line.textContent = words; } }

  function note() {
    changed = true;
    if (!stopped) { say(form.getAttribute("data-unsaved")); }
  }

  function answer(request) {
    var told = null;
    busy = false;
    try { told = JSON.parse(request.responseText); } catch (error) { told = null; }
    if (request.status === 200 && told && told.base) {
      form.elements.lock_number.value = told.lock_number;
      form.elements.base.value = told.base;
      if (!changed) {
        say(told.message);
        form.dispatchEvent(new Event("saved"));
      }
      if (waiting) { waiting.click(); }
      return;
    }
    waiting = null;
    changed = true;
    if (request.status === 0 || request.status >= 500) {
      say(form.getAttribute("data-autosave"));
      return;
    }
    /* Refused: only the page itself can show why. Nothing is sent again unasked. */
    stopped = true;
    say((told && told.message ? told.message + " " : "") + form.getAttribute("data-refused"));
  }

  function save() {
    if (!changed || busy || stopped) { return; }
    var request = new XMLHttpRequest();
    busy = true;
    changed = false;
    request.open("POST", window.location.pathname);
    request.setRequestHeader("Accept", "application/json");
    request.timeout = 30000;
    request.onloadend = function () { answer(request); };
    request.send(new FormData(form));
  }

  form.addEventListener("input", note);
  form.addEventListener("change", note);
  /* A press of a button while a save is under way waits for it: it would come too late. */
  form.addEventListener("submit", function (event) {
    if (busy && !waiting) {
      waiting = event.submitter || form.querySelector("button");
      event.preventDefault();
    } else { stopped = true; }
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) { stopped = false; waiting = null; } });
  window.setInterval(save, 10000);
}());
