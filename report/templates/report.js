"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  for (const element of document.querySelectorAll(".needs-script")) element.classList.remove("needs-script");

  // Theme: the reader's own until the button is pressed; remembered nowhere.
  const theme = byId("theme");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches);
  const nameTheme = () => {
    theme.textContent = isDark() ? "Light" : "Dark";
    theme.setAttribute("aria-label", `Switch to the ${theme.textContent.toLowerCase()} theme`);
  };
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  prefersDark.addEventListener("change", nameTheme);
  nameTheme();

  // A link into a folded case unfolds it.
  const cases = [...document.querySelectorAll("details.case")];
  const reveal = () => {
    const target = byId(location.hash.slice(1)); // our anchors are plain ASCII
    if (!target) return;
    const folded = target.closest("details.case");
    if (folded) folded.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) reveal(); // pressed again after folding; no hashchange then
  });
  reveal();

  const openAll = byId("open-all");
  if (openAll) {
    const anyFolded = () => cases.some((element) => !element.open);
    const nameOpenAll = () => {
      openAll.textContent = `${anyFolded() ? "Open" : "Fold"} all ${cases.length}`;
    };
    openAll.addEventListener("click", () => {
      const open = anyFolded();
      for (const element of cases) element.open = open;
    });
    document.addEventListener("toggle", nameOpenAll, true); // it does not bubble
    nameOpenAll();
  }
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = cases.filter((element) => !element.open);
    for (const element of folded) element.open = true;
  });
  addEventListener("afterprint", () => {
    for (const element of folded) element.open = false;
  });

  // Filter of the matrix: every word has to occur in the row.
  const text = byId("filter-text");
  if (text) {
    const divergent = byId("filter-divergent");
    const count = byId("filter-count");
    const rows = [...document.querySelectorAll("#matrix-table tbody tr")].map((row) => ({
      row,
      text: row.textContent.toLowerCase().replace(/\s+/g, " "),
      diverges: row.classList.contains("diverges"),
    }));
    const filter = () => {
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const entry of rows) {
        const fits = (entry.diverges || !divergent.checked) && words.every((word) => entry.text.includes(word));
        entry.row.hidden = !fits;
        shown += fits;
      }
      count.textContent = `${shown} of ${rows.length} shown`;
    };
    text.addEventListener("input", filter);
    divergent.addEventListener("change", filter);
    filter();
  }

  // Copy buttons.
  const status = byId("status");
  const copyOldWay = (source) => {
    const area = document.createElement("textarea");
    area.value = source;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  };
  const copy = async (source) => {
    try {
      await navigator.clipboard.writeText(source);
      return true;
    } catch {
      return copyOldWay(source);
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const copied = await copy(button.closest(".code").querySelector("code").textContent);
    button.textContent = status.textContent = copied ? "Copied" : "Select and copy by hand";
    setTimeout(() => {
      button.textContent = "Copy";
      status.textContent = "";
    }, 1600);
  });
})();
