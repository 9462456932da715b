import { element, guardKeys } from "./shared.js";

// Draws the visible rows of a table that the kernel holds, and requests rows when they are scrolled to.
// Cells are set as text (`textContent`): a document cannot add markup to the page.

const SPARE_ROWS = 8; // drawn above and below the visible ones
const TYPING_DELAY_MS = 150; // a query is sent when typing pauses
const BUSY_AFTER_MS = 3000; // without an answer, the kernel is reported as busy

class Grid {
  constructor(model, el) {
    this.model = model;
    this.view = Math.random().toString(36).slice(2);
    this.sequence = 0; // number of the last query sent
    this.rows = new Map(); // index → [position in the DataFrame, cells]
    this.drawn = new Map(); // index → the row on the page
    this.current = { row: 0, column: 0 }; // the cell that Tab leads to
    this.rowHeight = 24;
    this.build(el);
    this.handlers = {
      "change:state": () => this.show(),
      "change:selected": () => this.showSelected(),
      "change:error": () => this.showErrors(),
      "msg:custom": (message) => this.receive(message),
    };
    for (const [name, handler] of Object.entries(this.handlers)) model.on(name, handler);
    this.show();
    this.showSelected();
    this.showErrors();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.scroller);
  }

  end() {
    for (const [name, handler] of Object.entries(this.handlers)) this.model.off(name, handler);
    this.observer.disconnect();
    clearTimeout(this.typing);
    clearTimeout(this.busyTimer);
  }

  // Construction

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
    this.alert = element("div", { class: "apig-grid-error", role: "alert" });
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
    el.append(element("div", { class: "apig-grid" }, bar, this.alert, this.scroller, this.empty, this.note));

    guardKeys(el);
    this.search.addEventListener("input", () => this.sendSoon());
    this.search.addEventListener("keydown", (event) => event.key === "Enter" && this.send());
    this.clear.addEventListener("click", () => this.clearAll());
    this.scroller.addEventListener("scroll", () => {
      this.frame ??= requestAnimationFrame(() => {
        this.frame = null;
        this.draw();
      });
    });
    this.scroller.addEventListener("keydown", (event) => this.handleKey(event));
    this.scroller.addEventListener("focusin", (event) => this.handleFocus(event.target));
    this.body.addEventListener("click", (event) => this.handleClick(event.target));
  }

  buildHead() {
    this.columnOrder = this.state.query.columns;
    const columns = this.columnOrder.map((n) => this.state.columns[n]);
    const basis = (n) => `${columns[n].width} 0 ${columns[n].width}ch`;
    this.sheet.style.minWidth = `${columns.reduce((sum, column) => sum + column.width, 0)}ch`;
    this.names.replaceChildren(
      ...columns.map(({ name, number }, n) => {
        const button = element("button", { type: "button", tabindex: -1, title: `${name}: sort` });
        button.append(element("span", {}, name), element("span", { class: "apig-grid-mark", "aria-hidden": "true" }));
        button.addEventListener("click", () => this.sort(this.columnOrder[n]));
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
        input.addEventListener("input", () => this.sendSoon());
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
        box.addEventListener("change", () => this.showColumn(n, box.checked));
        return element("label", {}, box, name);
      }),
    );
  }

  // State from the kernel

  show() {
    const before = this.state;
    const state = this.model.get("state");
    this.state = state;
    const [view, sequence] = state.last_sequence;
    // While a newer query is being typed or sent, the fields keep what the user typed.
    const isNewest = !this.typing && !(view === this.view && sequence < this.sequence);
    const differ = (a, b) => JSON.stringify(a) !== JSON.stringify(b);
    const isNewFrame = state.frame !== before?.frame;
    const hasOtherColumns = isNewFrame || differ(state.query.columns, before.query.columns);
    if (isNewest) this.query = structuredClone(state.query);
    if (isNewFrame) this.buildChoices();
    if (hasOtherColumns) this.buildHead();
    this.rows = new Map(state.rows.map((row, index) => [index, row]));
    this.isRequested = false;
    clearTimeout(this.busyTimer);
    for (const row of this.drawn.values()) row.filled = false;
    this.showQuery(isNewest);
    this.status.textContent = state.status;
    this.note.textContent = state.note;
    this.empty.textContent = state.empty;
    this.showErrors();
    this.scroller.setAttribute("aria-rowcount", state.count + 2);
    this.scroller.setAttribute("aria-colcount", this.columnOrder.length);
    this.current.column = Math.max(0, Math.min(this.current.column, this.columnOrder.length - 1));
    this.body.style.height = `${state.count * this.rowHeight}px`;
    if (isNewFrame || differ(state.query, before.query)) this.scroller.scrollTop = 0;
    const hadFocus = this.body.contains(document.activeElement);
    if (hadFocus && this.current.row >= state.count) {
      if (state.count) this.go(state.count - 1, this.current.column);
      else this.search.focus();
    }
    this.draw();
  }

  showQuery(isNewest) {
    const { columns, search, filters, sort } = this.query;
    const typed = Object.fromEntries(filters);
    this.columnOrder.forEach((n, position) => {
      const [column, descending] = sort ?? [-1];
      const order = column !== n ? "none" : descending ? "descending" : "ascending";
      const head = this.names.children[position];
      head.setAttribute("aria-sort", order);
      head.querySelector(".apig-grid-mark").textContent = { none: "", ascending: "▲", descending: "▼" }[order];
      const input = this.filters.children[position].firstChild;
      if (isNewest && input.value.trim() !== (typed[n] ?? "").trim()) input.value = typed[n] ?? "";
      input.setAttribute("aria-invalid", this.state.invalid.includes(n));
    });
    if (isNewest && this.search.value.trim() !== search.trim()) this.search.value = search;
    this.clear.disabled = !this.search.value.trim() && !filters.length;
    for (const [n, label] of [...this.choices.children].entries()) label.firstChild.checked = columns.includes(n);
  }

  showErrors() {
    this.alert.textContent = [...this.state.filter_errors, this.model.get("error")].filter(Boolean).join("; ");
  }

  showSelected() {
    const { position, index } = this.model.get("selected");
    for (const row of this.drawn.values()) this.mark(row);
    if (index >= 0 && position !== this.selectedPosition) this.scrollTo(index);
    this.selectedPosition = position;
  }

  receive({ version, first, rows }) {
    if (version !== this.state.version) return;
    clearTimeout(this.busyTimer);
    this.isRequested = false;
    this.status.textContent = this.state.status;
    for (const [n, row] of rows.entries()) this.rows.set(first + n, row);
    this.draw();
  }

  // Queries of the user

  sendSoon() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.send(), TYPING_DELAY_MS);
  }

  send() {
    clearTimeout(this.typing);
    this.typing = null;
    const { columns } = this.query;
    const typed = this.columnOrder.map((n, position) => [n, this.filters.children[position].firstChild.value]);
    this.query.search = this.search.value;
    this.query.filters = typed.filter(([n, text]) => text.trim() && columns.includes(n));
    this.sequence += 1;
    this.model.send({ query: this.query, frame: this.state.frame, sequence: [this.view, this.sequence] });
    this.startBusyTimer();
  }

  sort(n) {
    const [column, descending] = this.query.sort ?? [-1];
    this.query.sort = column !== n ? [n, false] : descending ? null : [n, true];
    this.send();
  }

  showColumn(n, isShown) {
    const others = this.query.columns.filter((other) => other !== n);
    this.query.columns = isShown ? [...others, n] : others;
    this.send();
  }

  clearAll() {
    for (const input of [this.search, ...this.filters.querySelectorAll("input")]) input.value = "";
    this.send();
    this.search.focus();
  }

  startBusyTimer() {
    clearTimeout(this.busyTimer);
    this.busyTimer = setTimeout(() => {
      this.isRequested = false;
      this.status.textContent = `${this.state.status} · waiting for the kernel, which is busy or gone`;
    }, BUSY_AFTER_MS);
  }

  handleClick(target) {
    const row = target.closest("[role=row]");
    // A click that ends a text selection does not select the row.
    if (row && getSelection().type !== "Range") this.select(row.index);
  }

  select(index) {
    const row = this.rows.get(index);
    if (row) {
      this.selectedPosition = row[0];
      this.model.send({ select: row[0], frame: this.state.frame });
    }
  }

  // Drawing

  resize() {
    const size = parseFloat(getComputedStyle(this.scroller).fontSize) || 13;
    this.rowHeight = Math.round(size * 1.85);
    const height = this.model.get("height") * this.rowHeight + this.head.offsetHeight;
    this.scroller.style.setProperty("--apig-row", `${this.rowHeight}px`);
    // 16 px for the horizontal scroll bar, which lies inside the element.
    this.scroller.style.maxHeight = `${height + 16}px`;
    this.body.style.height = `${this.state.count * this.rowHeight}px`;
    for (const [index, row] of this.drawn) row.style.top = `${index * this.rowHeight}px`;
    this.draw();
  }

  get visibleRange() {
    const height = this.scroller.clientHeight - this.head.offsetHeight;
    const { scrollTop } = this.scroller;
    return [scrollTop / this.rowHeight, (scrollTop + height) / this.rowHeight];
  }

  draw(isRetry = false) {
    if (!this.scroller.clientHeight) {
      // Hidden. If it is shown again before the next frame, the resize observer notices no change.
      if (!isRetry) requestAnimationFrame(() => this.draw(true));
      return;
    }
    const [top, bottom] = this.visibleRange;
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
    this.updateTabStops(top);
    this.request(first, last);
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

  // Requests rows one page ahead of the visible ones, and three pages on either side at once.
  request(first, last) {
    const { count, version } = this.state;
    const page = last - first;
    const around = (pages) => [Math.max(0, first - pages * page), Math.min(count, last + pages * page)];
    let [from, to] = around(1);
    while (from < to && this.rows.has(from)) from++;
    if (this.isRequested || from === to) return;
    this.isRequested = true;
    this.model.send({ rows: around(3), version });
    this.startBusyTimer();
  }

  // Focus and keyboard

  // Tab reaches one header, one filter and one cell; the arrow keys move from there.
  updateTabStops(top) {
    const hasFocus = this.body.contains(document.activeElement);
    if (!hasFocus && !this.isVisible(this.current.row))
      this.current.row = Math.min(Math.ceil(top), Math.max(0, this.state.count - 1));
    for (const old of this.scroller.querySelectorAll("[tabindex='0']")) old.tabIndex = -1;
    for (const row of [this.names, this.filters]) {
      if (row.children.length) row.children[this.current.column].firstChild.tabIndex = 0;
    }
    const cell = this.drawn.get(this.current.row)?.children[this.current.column];
    if (cell) cell.tabIndex = 0;
  }

  isVisible(index) {
    const [top, bottom] = this.visibleRange;
    return index >= top && index + 1 <= bottom;
  }

  scrollTo(index) {
    const [top, bottom] = this.visibleRange;
    if (index < top) this.scroller.scrollTop = index * this.rowHeight;
    else if (index + 1 > bottom) this.scroller.scrollTop += Math.ceil((index + 1 - bottom) * this.rowHeight);
    this.draw();
  }

  handleFocus(target) {
    const cell = target.closest("[aria-colindex]");
    if (!cell) return;
    this.current.column = Number(cell.getAttribute("aria-colindex")) - 1;
    const row = cell.parentElement;
    if (row.parentElement === this.body) this.current.row = row.index;
    this.scrollToColumn(cell);
    this.updateTabStops(this.visibleRange[0]);
  }

  scrollToColumn(cell) {
    const { offsetLeft: left, offsetWidth: width } = cell;
    const { scrollLeft, clientWidth } = this.scroller;
    if (left < scrollLeft) this.scroller.scrollLeft = left;
    else if (left + width > scrollLeft + clientWidth)
      this.scroller.scrollLeft = Math.min(left, left + width - clientWidth);
  }

  go(row, column) {
    this.current = { row: Math.max(0, Math.min(row, this.state.count - 1)), column };
    this.scrollTo(this.current.row);
    this.drawn.get(this.current.row)?.children[column].focus({ preventScroll: true });
  }

  handleKey(event) {
    const cell = event.target.closest("[aria-colindex]");
    if (!cell || event.altKey || event.metaKey || event.shiftKey) return;
    const row = cell.parentElement;
    const isHandled = row === this.filters ? this.handleFilterKey(event) : this.handleRowKey(event, row);
    if (isHandled) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  handleFilterKey({ key, target }) {
    const isCursorAt = (end) => target.selectionStart === end && target.selectionEnd === end;
    if (key === "Enter") this.send();
    else if (key === "ArrowUp") this.names.children[this.current.column].firstChild.focus();
    else if (key === "ArrowDown") this.go(this.current.row, this.current.column);
    else if (key === "ArrowLeft" && isCursorAt(0)) this.moveSideways(this.filters, this.current.column - 1);
    else if (key === "ArrowRight" && isCursorAt(target.value.length))
      this.moveSideways(this.filters, this.current.column + 1);
    else return false;
    return true;
  }

  moveSideways(row, column) {
    const to = Math.max(0, Math.min(column, this.columnOrder.length - 1));
    (row.parentElement === this.body ? row.children[to] : row.children[to].firstChild).focus({ preventScroll: true });
  }

  handleRowKey({ key, ctrlKey }, row) {
    const { column } = this.current;
    const columns = { ArrowLeft: column - 1, ArrowRight: column + 1, Home: 0, End: this.columnOrder.length - 1 };
    if (key in columns && !ctrlKey) {
      this.moveSideways(row, columns[key]);
      return true;
    }
    if (row === this.names) {
      if (key === "ArrowDown") this.filters.children[column].firstChild.focus();
      return key === "ArrowDown";
    }
    const [top, bottom] = this.visibleRange;
    const page = Math.max(1, Math.floor(bottom - top) - 1);
    const index = row.index;
    const ends = ctrlKey ? { Home: 0, End: this.state.count - 1 } : {};
    const steps = { ArrowUp: index - 1, ArrowDown: index + 1, PageUp: index - page, PageDown: index + page, ...ends };
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
