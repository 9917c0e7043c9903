// Tables of the class "sorts": heads become buttons, and above the table stands a box that filters its rows.
// Without this script the page says the same; it reads no more than what the cells show.
(() => {
  "use strict";
  const FEWEST = 8; // shorter tables are read at a glance
  const folded = text => text.normalize("NFKC").toLowerCase();
  const collator = new Intl.Collator(undefined, { numeric: true });
  const shown = cell => (cell && cell.firstChild ? cell.firstChild.textContent : "");

  // the first number of a text as the page writes numbers; NaN where nothing was computed
  const figure = text => {
    const found = /\d[\d,]*(?:\.\d+)?(?:e[-−]?\d+)?/.exec(text);
    if (!found) return NaN;
    const size = Number(found[0].replaceAll(",", "").replace("−", "-"));
    const beyond = text.startsWith("<") ? -0.5 : text.startsWith(">") ? 0.5 : 0;
    return (text.startsWith("−") ? -1 : 1) * (size + beyond);
  };

  const sorted = (rows, column, numeric, descending) => {
    const keyed = rows.map((row, place) => {
      const text = shown(row.cells[column]);
      return { row, place, key: numeric ? figure(text) : text };
    });
    const sign = descending ? -1 : 1;
    const absent = one => numeric && Number.isNaN(one.key);
    keyed.sort((one, other) => {
      // what was not computed comes last either way
      if (absent(one) || absent(other)) return absent(one) - absent(other) || one.place - other.place;
      const order = numeric ? one.key - other.key : collator.compare(one.key, other.key);
      return sign * order || one.place - other.place;
    });
    return keyed.map(one => one.row);
  };

  const sorting = (table, rows) => {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.tagName !== "TH") return;
      const numeric = head.classList.contains("n");
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      // numbers are asked for from the largest down, words from A on, and the third press brings the page's order back
      const turns = numeric ? ["descending", "ascending", null] : ["ascending", "descending", null];
      button.addEventListener("click", () => {
        const next = turns[(turns.indexOf(head.getAttribute("aria-sort")) + 1) % turns.length];
        heads.forEach(other => other.removeAttribute("aria-sort"));
        if (next) head.setAttribute("aria-sort", next);
        body.append(...(next ? sorted(rows, column, numeric, next === "descending") : rows));
      });
    });
    table.caption.append("; the buttons in the heads sort");
  };

  const filtering = (table, rows, number) => {
    const words = rows.map(row =>
      folded([...row.cells].filter(cell => !cell.classList.contains("n")).map(cell => cell.textContent).join(" ")),
    );
    const many = rows.length.toLocaleString("en");
    const tools = document.createElement("div");
    const label = document.createElement("label");
    const box = document.createElement("input");
    const count = document.createElement("span");
    tools.className = "tools";
    box.type = "search";
    box.id = label.htmlFor = `filter-${number}`;
    box.autocomplete = "off";
    label.textContent = "Only rows that contain";
    count.setAttribute("role", "status");
    count.setAttribute("aria-live", "polite");
    count.textContent = `${many} rows`;
    box.addEventListener("input", () => {
      const wanted = folded(box.value).split(/\s+/).filter(Boolean);
      let left = 0;
      rows.forEach((row, place) => {
        const holds = wanted.every(word => words[place].includes(word));
        left += holds;
        if (row.hidden === holds) row.hidden = !holds;
      });
      count.textContent = wanted.length ? `${left.toLocaleString("en")} of ${many} rows` : `${many} rows`;
      tools.classList.toggle("active", wanted.length > 0);
    });
    tools.append(label, box, count);
    table.parentElement.before(tools);
  };

  document.querySelectorAll("table.sorts").forEach((table, number) => {
    const rows = [...table.tBodies[0].rows];
    if (rows.length < 2) return;
    sorting(table, rows);
    if (rows.length >= FEWEST) filtering(table, rows, number + 1);
  });
})();
