"use strict";
// Everything here is a convenience: without it the pages work by plain forms and links.

const page = document;

// Marks and reasons light up together: by pointer, by touch, by keyboard.
function light(numbers) {
  const wanted = new Set(numbers);
  for (const item of page.querySelectorAll("[data-flags]")) {
    item.classList.toggle("lit", item.dataset.flags.split(" ").some((number) => wanted.has(number)));
  }
}

function follow(event) {
  const item = event.target instanceof Element ? event.target.closest("[data-flags]") : null;
  light(item ? item.dataset.flags.split(" ") : []);
}

page.addEventListener("pointerover", follow);
page.addEventListener("focusin", follow);

// A tap on a mark, outside its number, shows the strongest reason.
page.addEventListener("click", (event) => {
  const mark = event.target.closest("mark[data-flags]");
  if (mark && !event.target.closest("a") && page.getSelection().isCollapsed) {
    const reason = page.getElementById("r" + mark.dataset.flags.split(" ")[0]);
    const rest = reason?.closest("details");
    if (rest) rest.open = true;
    reason?.scrollIntoView({ block: "nearest" });
    light(mark.dataset.flags.split(" "));
  }
});

// A link to a reason inside a closed fold opens the fold.
page.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#r"]');
  const fold = link && page.querySelector(link.getAttribute("href"))?.closest("details");
  if (fold) fold.open = true;
});

async function copy(text, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = page.createElement("textarea");
    field.value = text;
    field.className = "away";
    page.body.append(field);
    field.select();
    done = page.execCommand("copy");
    field.remove();
  }
  const was = button.innerHTML;
  button.textContent = done ? "✓ 已复制" : "请手动复制";
  button.setAttribute("aria-live", "polite");
  setTimeout(() => { button.innerHTML = was; }, 2000);
}

page.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button) {
    const from = button.dataset.copyFrom;
    copy(from ? page.getElementById(from).textContent : button.dataset.copy, button);
  }
  if (event.target.closest("[data-print]")) window.print();
});

page.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// “Wrong category” needs the right one.
page.addEventListener("change", (event) => {
  if (event.target.name !== "judgement") return;
  event.target.form.elements.label.required = event.target.value === "wrong_category";
});

// A problem's line in the rule editor.
page.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  const editor = page.getElementById("source");
  if (!link || !editor) return;
  event.preventDefault();
  const lines = editor.value.split("\n");
  const line = Number(link.dataset.line) - 1;
  const start = lines.slice(0, line).join("\n").length + (line ? 1 : 0);
  editor.focus();
  editor.setSelectionRange(start, start + (lines[line] ?? "").length);
  editor.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(editor).lineHeight));
});

// A dropped file is chosen and judged at once; dropped text lands in the field as usual.
const field = page.getElementById("text");
const chooser = page.getElementById("file");
if (field && chooser) {
  const withFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  field.addEventListener("dragover", (event) => {
    if (withFile(event)) { event.preventDefault(); field.classList.add("dropping"); }
  });
  field.addEventListener("dragleave", () => field.classList.remove("dropping"));
  field.addEventListener("drop", (event) => {
    field.classList.remove("dropping");
    if (!withFile(event)) return;
    event.preventDefault();
    chooser.files = event.dataTransfer.files;
    chooser.form.requestSubmit();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) chooser.form.requestSubmit();
  });
}

function reveal(root) {
  for (const button of root.querySelectorAll("button.copy[hidden], button[data-print][hidden]")) button.hidden = false;
}

page.addEventListener("htmx:afterSettle", (event) => {
  reveal(page);
  const heading = event.target.querySelector("h2[tabindex]");
  heading?.focus({ preventScroll: true });
  heading?.scrollIntoView({ block: "nearest" });
});
page.addEventListener("htmx:sendError", () => window.alert("连不上本机的服务，请确认它还在运行。"));
page.addEventListener("htmx:responseError", (event) => {
  const answer = event.detail.xhr;
  let words = "没有成功，请刷新页面再试。";
  try { words = JSON.parse(answer.responseText).detail ?? words; } catch { /* not problem details */ }
  const place = event.detail.target;
  const notice = page.createElement("p");
  notice.className = "notice bad";
  notice.setAttribute("role", "alert");
  notice.textContent = words;
  place.replaceChildren(notice);
});
reveal(page);
