// The rows in sight of a table that the kernel holds. They are asked for when they are scrolled to.
// A cell is only ever text (`textContent`): what a document says cannot become part of the page.

const SPARE_ROWS = 8; // drawn above and below those in sight
const KEPT_ROWS = 3000; // that have come and need not be asked for again
const TYPING_MS = 150; // a search begins when typing pauses
const PATIENCE_MS = 3000; // then it is said that the kernel is busy

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function isForTable(event) {
  return !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape";
}

class Grid {
  constructor(model, el) {
    this.model = model;
    this.view = Math.random().toString(36).slice(2);
    this.wishes = 0;
    this.rows = new Map(); // index → [position in the DataFrame, cells]
    this.drawn = new Map(); // index → the row on the page
    this.at = { row: 0, column: 0 }; // where Tab leads to
    this.rowHeight = 24;
    this.build(el);
    this.handlers = {
      "change:state": () => this.show(),
      "change:selected": () => this.showSelected(),
      "change:trouble": () => this.showTrouble(),
      "msg:custom": (message) => this.take(message),
    };
    for (const [name, handler] of Object.entries(this.handlers)) model.on(name, handler);
    this.show();
    this.showSelected();
    this.showTrouble();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.scroller);
  }

  end() {
    for (const [name, handler] of Object.entries(this.handlers)) this.model.off(name, handler);
    this.observer.disconnect();
    clearTimeout(this.typing);
    clearTimeout(this.patience);
  }

  // What is there from the beginning

  build(el) {
    const label = this.model.get("label");
    const id = `apig-${this.view}`;
    this.search = element("input", { id, type: "search", autocomplete: "off", spellcheck: "false" });
    this.search.placeholder = "words, in any column";
    this.clear = element("button", { type: "button" }, "Clear");
    this.clear.title = "Clear the search and all filters";
    this.choices = element("div", { class: "apig-grid-choices", role: "group", "aria-label": "Columns shown" });
    this.columns = element("details", {}, element("summary", {}, "Columns"), this.choices);
    this.status = element("span", { role: "status" });
    this.trouble = element("div", { class: "apig-grid-trouble", role: "alert" });
    this.names = element("div", { role: "row", "aria-rowindex": 1 });
    this.filters = element("div", { role: "row", "aria-rowindex": 2 });
    this.head = element("div", { role: "rowgroup", class: "apig-grid-head" }, this.names, this.filters);
    this.body = element("div", { role: "rowgroup", class: "apig-grid-body" });
    this.sheet = element("div", { class: "apig-grid-sheet", role: "presentation" }, this.head, this.body);
    this.scroller = element("div", { class: "apig-grid-scroller", role: "grid", "aria-label": label }, this.sheet);
    this.empty = element("div", { class: "apig-grid-empty" });
    this.note = element("div", { class: "apig-grid-note" });
    const searching = element("span", {}, element("label", { for: id }, `Search ${label}`), this.search);
    const bar = element("div", { class: "apig-grid-bar" }, searching, this.clear, this.status, this.columns);
    el.append(element("div", { class: "apig-grid" }, bar, this.trouble, this.scroller, this.empty, this.note));

    // JupyterLab must not take a key that is meant for the table.
    el.addEventListener("keydown", (event) => isForTable(event) && event.stopPropagation());
    this.search.addEventListener("input", () => this.typed());
    this.search.addEventListener("keydown", (event) => event.key === "Enter" && this.send());
    this.clear.addEventListener("click", () => this.clearAll());
    this.scroller.addEventListener("scroll", () => {
      this.frame ??= requestAnimationFrame(() => {
        this.frame = null;
        this.draw();
      });
    });
    this.scroller.addEventListener("keydown", (event) => this.key(event));
    this.scroller.addEventListener("focusin", (event) => this.focused(event.target));
    this.body.addEventListener("click", (event) => this.clicked(event.target));
  }

  buildHead() {
    this.headed = this.state.wish.shown;
    const columns = this.headed.map((n) => this.state.columns[n]);
    const basis = (n) => `${columns[n].width} 0 ${columns[n].width}ch`;
    this.sheet.style.minWidth = `${columns.reduce((sum, column) => sum + column.width, 0)}ch`;
    this.names.replaceChildren(
      ...columns.map(({ name, number }, n) => {
        const button = element("button", { type: "button", tabindex: -1, title: `${name}: sort` });
        button.append(element("span", {}, name), element("span", { class: "apig-grid-mark", "aria-hidden": "true" }));
        button.addEventListener("click", () => this.sort(this.headed[n]));
        const cell = element("div", { role: "columnheader", "aria-colindex": n + 1 }, button);
        cell.style.flex = basis(n);
        cell.classList.toggle("apig-grid-number", number);
        return cell;
      }),
    );
    this.filters.replaceChildren(
      ...columns.map(({ name, number, hint }, n) => {
        const input = element("input", { "aria-label": `Filter ${name}`, title: hint, tabindex: -1, type: "text" });
        Object.assign(input, { placeholder: number ? "filter, >5" : "filter", autocomplete: "off", spellcheck: false });
        input.addEventListener("input", () => this.typed());
        const cell = element("div", { role: "gridcell", "aria-colindex": n + 1 }, input);
        cell.style.flex = basis(n);
        return cell;
      }),
    );
    this.flexes = columns.map((_, n) => basis(n));
    this.numbers = columns.map(({ number }) => number);
    this.drawn.clear();
    this.body.replaceChildren();
  }

  buildChoices() {
    this.choices.replaceChildren(
      ...this.state.columns.map(({ name }, n) => {
        const box = element("input", { type: "checkbox" });
        box.addEventListener("change", () => this.choose(n, box.checked));
        return element("label", {}, box, name);
      }),
    );
  }

  // What the kernel says

  show() {
    const before = this.state;
    const state = (this.state = this.model.get("state"));
    const [view, number] = state.heard;
    // While something newer is typed or on its way, the fields are the reader's.
    const isNewest = !this.typing && !(view === this.view && number < this.wishes);
    const isOther = (a, b) => JSON.stringify(a) !== JSON.stringify(b);
    const isFrame = state.frame !== before?.frame;
    const isColumns = isFrame || isOther(state.wish.shown, before.wish.shown);
    if (isNewest) this.wish = structuredClone(state.wish);
    if (isFrame) this.buildChoices();
    if (isColumns) this.buildHead();
    this.rows = new Map(state.rows.map((row, index) => [index, row]));
    this.asked = false;
    clearTimeout(this.patience);
    for (const row of this.drawn.values()) row.filled = false;
    this.showWish(isNewest);
    this.status.textContent = state.words;
    this.note.textContent = state.note;
    this.empty.textContent = state.empty;
    this.showTrouble();
    this.scroller.setAttribute("aria-rowcount", state.count + 2);
    this.scroller.setAttribute("aria-colcount", this.headed.length);
    this.at.column = Math.max(0, Math.min(this.at.column, this.headed.length - 1));
    this.body.style.height = `${state.count * this.rowHeight}px`;
    if (isFrame || isOther(state.wish, before.wish)) this.scroller.scrollTop = 0;
    const hadFocus = this.body.contains(document.activeElement);
    if (hadFocus && this.at.row >= state.count) {
      if (state.count) this.go(state.count - 1, this.at.column);
      else this.search.focus();
    }
    this.draw();
  }

  showWish(isNewest) {
    const { shown, search, filters, sort } = this.wish;
    const typed = Object.fromEntries(filters);
    this.headed.forEach((n, place) => {
      const [column, descending] = sort ?? [-1];
      const order = column !== n ? "none" : descending ? "descending" : "ascending";
      const head = this.names.children[place];
      head.setAttribute("aria-sort", order);
      head.querySelector(".apig-grid-mark").textContent = { none: "", ascending: "▲", descending: "▼" }[order];
      const input = this.filters.children[place].firstChild;
      if (isNewest && input.value.trim() !== (typed[n] ?? "").trim()) input.value = typed[n] ?? "";
      input.setAttribute("aria-invalid", this.state.wrong.includes(n));
    });
    if (isNewest && this.search.value.trim() !== search.trim()) this.search.value = search;
    this.clear.disabled = !this.search.value.trim() && !filters.length;
    [...this.choices.children].forEach((label, n) => (label.firstChild.checked = shown.includes(n)));
  }

  showTrouble() {
    this.trouble.textContent = [...this.state.complaints, this.model.get("trouble")].filter(Boolean).join("; ");
  }

  showSelected() {
    const { position, index } = this.model.get("selected");
    for (const row of this.drawn.values()) this.mark(row);
    if (index >= 0 && position !== this.chosen) this.bring(index);
    this.chosen = position;
  }

  take({ version, first, rows }) {
    if (version !== this.state.version) return;
    clearTimeout(this.patience);
    this.asked = false;
    this.status.textContent = this.state.words;
    if (this.rows.size > KEPT_ROWS) this.rows.clear();
    rows.forEach((row, n) => this.rows.set(first + n, row));
    this.draw();
  }

  // What the reader wishes

  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.send(), TYPING_MS);
  }

  send() {
    clearTimeout(this.typing);
    this.typing = null;
    const { shown } = this.wish;
    const typed = this.headed.map((n, place) => [n, this.filters.children[place].firstChild.value]);
    this.wish.search = this.search.value;
    this.wish.filters = typed.filter(([n, text]) => text.trim() && shown.includes(n));
    this.wishes += 1;
    this.model.send({ wish: this.wish, frame: this.state.frame, from: [this.view, this.wishes] });
    this.beginPatience();
  }

  sort(n) {
    const [column, descending] = this.wish.sort ?? [-1];
    this.wish.sort = column !== n ? [n, false] : descending ? null : [n, true];
    this.send();
  }

  choose(n, isShown) {
    const others = this.wish.shown.filter((other) => other !== n);
    this.wish.shown = isShown ? [...others, n] : others;
    this.send();
  }

  clearAll() {
    for (const input of [this.search, ...this.filters.querySelectorAll("input")]) input.value = "";
    this.send();
    this.search.focus();
  }

  beginPatience() {
    clearTimeout(this.patience);
    this.patience = setTimeout(() => {
      this.asked = false;
      this.status.textContent = `${this.state.words} · waiting for the kernel, which is busy or gone`;
    }, PATIENCE_MS);
  }

  clicked(target) {
    const row = target.closest("[role=row]");
    // Marking text to copy it is no choice.
    if (row && getSelection().type !== "Range") this.select(row.index);
  }

  select(index) {
    const row = this.rows.get(index);
    if (row) {
      this.chosen = row[0];
      this.model.send({ select: row[0], frame: this.state.frame });
    }
  }

  // Drawing

  resize() {
    const size = parseFloat(getComputedStyle(this.scroller).fontSize) || 13;
    this.rowHeight = Math.round(size * 1.85);
    const height = this.model.get("height") * this.rowHeight + this.head.offsetHeight;
    this.scroller.style.setProperty("--apig-row", `${this.rowHeight}px`);
    // Room for a bar to scroll sideways, which stands within.
    this.scroller.style.maxHeight = `${height + 16}px`;
    this.body.style.height = `${this.state.count * this.rowHeight}px`;
    for (const [index, row] of this.drawn) row.style.top = `${index * this.rowHeight}px`;
    this.draw();
  }

  get sight() {
    const height = this.scroller.clientHeight - this.head.offsetHeight;
    const { scrollTop } = this.scroller;
    return [scrollTop / this.rowHeight, (scrollTop + height) / this.rowHeight];
  }

  draw() {
    if (!this.scroller.clientHeight) return; // on a page that is not in sight
    const [top, bottom] = this.sight;
    const first = Math.max(0, Math.floor(top) - SPARE_ROWS);
    const last = Math.min(this.state.count, Math.ceil(bottom) + SPARE_ROWS);
    for (const [index, row] of this.drawn) {
      const isKept = index < this.state.count && row.contains(document.activeElement);
      if ((index < first || index >= last) && !isKept) {
        row.remove();
        this.drawn.delete(index);
      }
    }
    let below = null;
    for (let index = last - 1; index >= first; index--) below = this.drawRow(index, below);
    this.showPlace(top);
    this.ask(first, last);
  }

  drawRow(index, below) {
    let row = this.drawn.get(index);
    if (!row) {
      row = element("div", { role: "row", "aria-rowindex": index + 3 });
      row.index = index;
      row.style.top = `${index * this.rowHeight}px`;
      row.append(...this.flexes.map((flex, n) => this.emptyCell(flex, n)));
      row.classList.toggle("apig-grid-odd", index % 2);
      this.drawn.set(index, row);
      this.body.insertBefore(row, below);
    }
    if (!row.filled) this.fill(row);
    return row;
  }

  emptyCell(flex, n) {
    const cell = element("div", { role: "gridcell", "aria-colindex": n + 1, tabindex: -1 });
    cell.style.flex = flex;
    cell.classList.toggle("apig-grid-number", this.numbers[n]);
    return cell;
  }

  fill(row) {
    const known = this.rows.get(row.index);
    row.filled = Boolean(known);
    row.position = known?.[0];
    [...row.children].forEach((cell, n) => {
      const text = known ? (known[1][n] ?? "") : "…";
      cell.textContent = text;
      cell.title = text;
    });
    this.mark(row);
  }

  mark(row) {
    const isSelected = row.filled && row.position === this.model.get("selected").position;
    row.setAttribute("aria-selected", Boolean(isSelected));
  }

  // Asks before the reader is there, and for some pages more on either side.
  ask(first, last) {
    const { count, version } = this.state;
    const page = last - first;
    const around = (pages) => [Math.max(0, first - pages * page), Math.min(count, last + pages * page)];
    let [from, to] = around(1);
    while (from < to && this.rows.has(from)) from++;
    if (this.asked || from === to) return;
    this.asked = true;
    this.model.send({ rows: around(3), version });
    this.beginPatience();
  }

  // Where the reader is

  // One heading, one filter and one cell can be reached with Tab; arrows lead from there.
  showPlace(top) {
    const isIn = this.body.contains(document.activeElement);
    if (!isIn && !this.isInSight(this.at.row)) this.at.row = Math.min(Math.ceil(top), Math.max(0, this.state.count - 1));
    for (const old of this.scroller.querySelectorAll("[tabindex='0']")) old.tabIndex = -1;
    for (const row of [this.names, this.filters]) {
      if (row.children.length) row.children[this.at.column].firstChild.tabIndex = 0;
    }
    const cell = this.drawn.get(this.at.row)?.children[this.at.column];
    if (cell) cell.tabIndex = 0;
  }

  isInSight(index) {
    const [top, bottom] = this.sight;
    return index >= top && index + 1 <= bottom;
  }

  bring(index) {
    const [top, bottom] = this.sight;
    if (index < top) this.scroller.scrollTop = index * this.rowHeight;
    else if (index + 1 > bottom) this.scroller.scrollTop += Math.ceil((index + 1 - bottom) * this.rowHeight);
    this.draw();
  }

  focused(target) {
    const cell = target.closest("[aria-colindex]");
    if (!cell) return;
    this.at.column = Number(cell.getAttribute("aria-colindex")) - 1;
    const row = cell.parentElement;
    if (row.parentElement === this.body) this.at.row = row.index;
    this.bringColumn(cell);
    this.showPlace(this.sight[0]);
  }

  bringColumn(cell) {
    const { offsetLeft: left, offsetWidth: width } = cell;
    const { scrollLeft, clientWidth } = this.scroller;
    if (left < scrollLeft) this.scroller.scrollLeft = left;
    else if (left + width > scrollLeft + clientWidth) this.scroller.scrollLeft = Math.min(left, left + width - clientWidth);
  }

  go(row, column) {
    this.at = { row: Math.max(0, Math.min(row, this.state.count - 1)), column };
    this.bring(this.at.row);
    this.drawn.get(this.at.row)?.children[column].focus({ preventScroll: true });
  }

  key(event) {
    const cell = event.target.closest("[aria-colindex]");
    if (!cell || event.altKey || event.metaKey || event.shiftKey) return;
    const row = cell.parentElement;
    const isTaken = row === this.filters ? this.keyInFilter(event) : this.keyInRow(event, row);
    if (isTaken) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  keyInFilter({ key, target }) {
    const isAt = (end) => target.selectionStart === end && target.selectionEnd === end;
    if (key === "Enter") this.send();
    else if (key === "ArrowUp") this.names.children[this.at.column].firstChild.focus();
    else if (key === "ArrowDown") this.go(this.at.row, this.at.column);
    else if (key === "ArrowLeft" && isAt(0)) this.aside(this.filters, this.at.column - 1);
    else if (key === "ArrowRight" && isAt(target.value.length)) this.aside(this.filters, this.at.column + 1);
    else return false;
    return true;
  }

  aside(row, column) {
    const to = Math.max(0, Math.min(column, this.headed.length - 1));
    (row.parentElement === this.body ? row.children[to] : row.children[to].firstChild).focus({ preventScroll: true });
  }

  keyInRow({ key, ctrlKey }, row) {
    const { column } = this.at;
    const sideways = { ArrowLeft: column - 1, ArrowRight: column + 1, Home: 0, End: this.headed.length - 1 };
    if (key in sideways && !ctrlKey) {
      this.aside(row, sideways[key]);
      return true;
    }
    if (row === this.names) {
      if (key === "ArrowDown") this.filters.children[column].firstChild.focus();
      return key === "ArrowDown";
    }
    const [top, bottom] = this.sight;
    const page = Math.max(1, Math.floor(bottom - top) - 1);
    const index = row.index;
    const far = ctrlKey ? { Home: 0, End: this.state.count - 1 } : {};
    const steps = { ArrowUp: index - 1, ArrowDown: index + 1, PageUp: index - page, PageDown: index + page, ...far };
    if (key === "Enter" || key === " ") this.select(index);
    else if (key === "ArrowUp" && index === 0) this.filters.children[column].firstChild.focus();
    else if (key in steps) this.go(steps[key], column);
    else return false;
    return true;
  }
}

function render({ model, el }) {
  const grid = new Grid(model, el);
  return () => grid.end();
}

export default { render };
