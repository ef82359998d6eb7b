// The search over findings: every word has to be in a finding, and the address keeps the words.
const box = document.querySelector(".search");
const field = document.getElementById("search");
const rows = [...document.querySelectorAll(".findings > li")];
const texts = rows.map((row) => `${row.textContent} ${row.dataset.words}`.toLowerCase());

function show() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = texts.map((text) => words.every((word) => text.includes(word)));
  rows.forEach((row, number) => { row.hidden = !found[number]; });
  const shown = found.filter(Boolean).length;
  box.querySelector("[role=status]").textContent = words.length ? `${shown} of ${rows.length} findings` : "";
}

function read() {
  const asked = new URLSearchParams(location.hash.slice(1)).get("q");
  if (asked === null) return;
  field.value = asked;
  show();
}

if (box) {
  box.hidden = false;
  field.addEventListener("input", () => {
    show();
    history.replaceState(null, "", field.value ? `#${new URLSearchParams({ q: field.value })}` : location.pathname);
  });
  addEventListener("hashchange", read);
  read();
}
