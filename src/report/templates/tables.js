// Tables of the class "sorts": heads become buttons, and above the table stands a box that filters its rows.
// Without this script the page says the same; it reads no more than what the cells show.
(() => {
  "use strict";
  const FEWEST = 8; // shorter tables are read at a glance
  const FIRST = 200; // rows of longer tables that are shown at first
  const folded = said => said.normalize("NFKC").replaceAll("\u2060", "").toLowerCase();
  const collator = new Intl.Collator(undefined, { numeric: true });
  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const text = cell => (cell && cell.firstChild ? cell.firstChild.textContent : "");

  // the first number of a text as the page writes numbers; none where nothing was computed
  const figure = said => {
    const found = /\d[\d,]*(?:\.\d+)?(?:e[-−]?\d+)?/.exec(said);
    if (!found) return null;
    const size = Number(found[0].replaceAll(",", "").replace("−", "-"));
    const beyond = said.startsWith("<") ? -0.5 : said.startsWith(">") ? 0.5 : 0;
    return (said.startsWith("−") ? -1 : 1) * (size + beyond);
  };

  const sorted = (rows, column, numeric, descending) => {
    const keyed = rows.map((row, place) => {
      const said = text(row.cells[column]);
      return { row, place, key: numeric ? figure(said) : said };
    });
    const sign = descending ? -1 : 1;
    const absent = one => one.key === null;
    keyed.sort((one, other) => {
      // what was not computed comes last either way
      if (absent(one) || absent(other)) return absent(one) - absent(other) || one.place - other.place;
      const order = numeric ? one.key - other.key : collator.compare(one.key, other.key);
      return sign * order || one.place - other.place;
    });
    return keyed.map(one => one.row);
  };

  const enhance = (table, rows, number) => {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    const many = rows.length.toLocaleString("en");
    const tools = element("div", { className: "tools" });
    const count = element("span", {});
    const more = element("button", { type: "button" });
    const rest = element("p", { className: "rest" }, more);
    let order = rows;
    let matching = new Set(rows);
    let whole = rows.length <= FIRST;

    // which rows are shown, and how many: laying thousands out anew each time would be slow
    const show = () => {
      let left = whole ? Infinity : FIRST;
      order.forEach(row => {
        const shown = matching.has(row) && left-- > 0;
        if (row.hidden === shown) row.hidden = !shown;
      });
      const cut = !whole && matching.size > FIRST;
      const found = matching.size < rows.length || tools.classList.contains("active");
      count.textContent =
        (found ? `${matching.size.toLocaleString("en")} of ${many} rows` : `${many} rows`) +
        (cut ? `, the first ${FIRST} shown` : "");
      more.textContent = `Show all ${matching.size.toLocaleString("en")} rows`;
      rest.hidden = !cut;
    };

    heads.forEach((head, column) => {
      if (head.tagName !== "TH") return;
      const numeric = head.classList.contains("n");
      const button = element("button", { type: "button" }, ...head.childNodes);
      head.append(button);
      // numbers are asked for from the largest down, words from A on, and the third press brings the page's order back
      const turns = numeric ? ["descending", "ascending", null] : ["ascending", "descending", null];
      button.addEventListener("click", () => {
        const next = turns[(turns.indexOf(head.getAttribute("aria-sort")) + 1) % turns.length];
        heads.forEach(other => other.removeAttribute("aria-sort"));
        if (next) head.setAttribute("aria-sort", next);
        order = next ? sorted(rows, column, numeric, next === "descending") : rows;
        show();
        body.append(...order);
      });
    });
    table.caption.append("; the buttons in the heads sort");
    if (rows.length < FEWEST) return;

    const words = rows.map(row =>
      folded([...row.cells].filter(cell => !cell.classList.contains("n")).map(cell => cell.textContent).join(" ")),
    );
    const box = element("input", { type: "search", id: `filter-${number}`, autocomplete: "off" });
    const label = element("label", { htmlFor: box.id }, "Only rows that contain");
    count.setAttribute("role", "status");
    count.setAttribute("aria-live", "polite");
    box.addEventListener("input", () => {
      const wanted = folded(box.value).split(/\s+/).filter(Boolean);
      matching = new Set(rows.filter((_, place) => wanted.every(word => words[place].includes(word))));
      tools.classList.toggle("active", wanted.length > 0);
      show();
    });
    more.addEventListener("click", () => {
      whole = true;
      show();
      table.parentElement.focus();
    });
    show();
    tools.append(label, box, count);
    table.parentElement.before(tools);
    table.parentElement.after(rest);
  };

  document.querySelectorAll("table.sorts").forEach((table, number) => {
    const rows = [...table.tBodies[0].rows];
    if (rows.length > 1) enhance(table, rows, number + 1);
  });
})();
