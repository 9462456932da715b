import { element, guardKeys } from "./shared.js";

// Draws the visible rows of a table that the kernel holds, and requests rows when they are scrolled to.
// Cells are set as text (`textContent`): a document cannot add markup to the page. Classes come from fixed lists.

const SPARE_ROWS = 8; // drawn above and below the visible ones
const TYPING_DELAY_MS = 150; // a query is sent when typing pauses
const BUSY_AFTER_MS = 3000; // without an answer, the kernel is reported as busy
const TWO_LINES_BELOW = 1100; // pixels of a table with sentences
const MIN_WIDTH = 48; // pixels of a column
const LEAST_WIDTH = [12, 15]; // digits of a column, so that a short heading is not cut
const LEAST_WIDTHS = { path: 24, authentication: 15, backend: 19, operation: 22, sentence: 24, time: 17, counts: 17 }; // digits
const FIXED_WIDTHS = { severity: 16, meter: 20, method: 11, tick: 5 }; // the same for the kinds whose texts are known
const ICON_WIDTH = 5; // of a button that is an icon
const ACTION_ICONS = { Download: "save" };
const BADGE_WIDTHS = { tags: 4, backend: 3, operation: 5 }; // more than the digits of the text
const WIDTH_STEP = 16; // pixels by which a key changes the width of a column

const clamp = (number, least, most) => Math.max(least, Math.min(number, most));
const span = (className, text = "") => element("span", { class: className }, text);
const icon = (name) => element("span", { class: `apig-icon apig-icon-${name}`, "aria-hidden": "true" });

// How the text of a cell is drawn, by the kind of its column.
const KINDS = {
  text: (text) => [text],
  time: (text) => [text],
  sentence: (text) => [span("", text)],
  code: (text) => [span("apig-path", text)],
  method: (text) => [span(`apig-method ${METHODS.includes(text) ? `apig-method-${text}` : ""}`, text)],
  // The names of path parameters are marked.
  path: (text) => [
    element(
      "span",
      { class: "apig-path" },
      ...text.split(/(\{[^{}]*\})/).map((part) => (part.startsWith("{") ? element("i", {}, part) : part)),
    ),
  ],
  // “GET /orders”, or several of them.
  operation: (text) => {
    const [first, ...rest] = text.split(" ");
    if (!METHODS.includes(first) || text.includes(", ")) return KINDS.code(text);
    return [...KINDS.method(first), " ", ...KINDS.path(rest.join(" "))];
  },
  authentication: (text) => [span(`apig-auth ${text === "none" ? "apig-none" : ""}`, text)],
  severity: (text) =>
    text.split(" ").map((word) => {
      const pill = span(`apig-severity ${SEVERITIES.includes(word) ? `apig-${word}` : ""}`, word);
      // A mark across severities: its shape only, as the sentence beside it needs the room.
      if (word === "security") {
        pill.classList.add("apig-mark");
        pill.title = word;
      }
      return pill;
    }),
  // “https host:8443”, “mock answer of the gateway”: the first word says how the backend is called.
  backend: (text) => {
    const [first, ...rest] = text.split(" ");
    const locks = { http: "open", https: "lock" };
    const parts = [span("apig-word", first), span("apig-host", rest.join(" "))];
    if (first in locks) parts.unshift(icon(locks[first]));
    return [element("span", { class: `apig-transport apig-${first in locks ? first : "other"}` }, ...parts)];
  },
  // Names separated by line ends, the first one with the number of the others; each begins with the sign of its kind.
  tags: (text) => {
    const [first, ...others] = text.split("\n");
    const [kind, name] = first.includes(":") ? first.split(/:(.*)/s) : ["", first];
    const tag = element("span", { class: "apig-tag" }, ...(kind in TAG_ICONS ? [icon(TAG_ICONS[kind])] : []), name);
    return others.length ? [tag, " ", span("apig-tag", `+${others.length}`)] : [tag];
  },
  state: (text) => [span(`apig-severity apig-${STATES[text] ?? "info"}`, text)],
  // “2 breaking, 1 warning”: a pill with each number; other words as they are.
  counts: (text) => {
    if (text.startsWith("failed: ")) return [span("apig-error", text)];
    if (text.startsWith("no difference")) return [span("apig-severity apig-ok", text)];
    if (!/^\d/.test(text)) return [span("apig-muted", text)];
    return text.split(", ").map((part) => {
      const [count, word] = part.split(" ");
      const pill = span(`apig-severity ${SEVERITIES.includes(word) ? `apig-${word}` : ""}`, count);
      pill.append(span("apig-hidden", ` ${word} `));
      pill.title = part;
      return pill;
    });
  },
  // A number of per cent.
  meter: (text) => {
    const bar = element("span", { class: "apig-meter", "aria-hidden": "true" });
    bar.style.setProperty("--share", `${clamp(parseFloat(text), 0, 100)}%`);
    return [bar, span("", text)];
  },
  action: (text) => {
    const button = element("button", { type: "button", class: "apig-button apig-tiny", tabindex: -1 }, text);
    if (text in ACTION_ICONS) {
      button.classList.add("apig-icon");
      button.replaceChildren(icon(ACTION_ICONS[text]), span("apig-hidden", text));
    }
    return [button];
  },
  tick: (text) => [element("input", { type: "checkbox", tabindex: -1, "aria-label": text })],
};
const STATES = { exported: "ok", failed: "breaking", new: "security" };
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "ANY"];
const CONTROLS = ["action", "tick"];
const SEVERITIES = ["breaking", "warning", "info", "security", "critical", "high", "medium", "low"];
const TAG_ICONS = { throttling: "rate", access: "shield", plugin: "plug", policy: "fork" };

// The width of a column in digits whatever its cells are, of the kinds that have one.
function fixedWidth({ kind, heading }) {
  if (kind === "action") return heading in ACTION_ICONS ? ICON_WIDTH : heading.length + 3;
  return FIXED_WIDTHS[kind];
}

// The text of a cell for reading and copying, without the signs for drawing.
const plain = (kind, text) => (kind === "tags" ? text.replace(/^\w+:/gm, "").replaceAll("\n", ", ") : text);

class Grid {
  constructor(model, el) {
    this.model = model;
    this.view = Math.random().toString(36).slice(2);
    this.sequence = 0; // number of the last query sent
    this.answered = 0; // number of the last query that the kernel applied
    this.rows = new Map(); // index → [position in the DataFrame, cells]
    this.drawn = new Map(); // index → the row on the page
    this.current = { row: 0, column: 0 }; // the cell that Tab leads to
    this.away = []; // positions of the columns for which there is no room
    this.isWide = false; // all columns are shown all the same
    this.rowHeight = 24;
    this.build(el);
    this.handlers = {
      "change:state": () => this.show(),
      "change:selected": () => this.showSelected(),
      "change:ticked": () => this.markAll(),
      "change:error": () => this.showErrors(),
      "msg:custom": (message, buffers) => this.receive(message, buffers),
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
    this.search.placeholder = this.model.get("placeholder");
    this.search.title = "Words that a row contains, each in any of the columns chosen";
    this.clear = this.button("Clear", "Clear the search and all filters", () => this.clearAll());
    this.choices = element("div", { class: "apig-grid-choices", role: "group", "aria-label": "Columns shown" });
    this.columns = element("details", {}, element("summary", {}, "Choose columns"), this.choices);
    this.status = element("span", { role: "status" });
    this.alert = element("div", { class: "apig-grid-error", role: "alert" });
    this.names = element("div", { role: "row", "aria-rowindex": 1 });
    this.filters = element("div", { role: "row", "aria-rowindex": 2, hidden: "" });
    this.head = element("div", { role: "rowgroup", class: "apig-grid-head" }, this.names, this.filters);
    this.body = element("div", { role: "rowgroup", class: "apig-grid-body" });
    this.sheet = element("div", { class: "apig-grid-sheet", role: "presentation" }, this.head, this.body);
    this.scroller = element("div", { class: "apig-grid-scroller", role: "grid", "aria-label": label }, this.sheet);
    this.empty = element("div", { class: "apig-grid-empty" });
    this.note = element("span", { class: "apig-grid-note" });
    this.filterButton = this.button("Filter columns", "A field for each column", () => this.toggleFilters());
    this.filterButton.setAttribute("aria-pressed", false);
    this.wideButton = this.button("Scroll sideways", "Show the columns for which there is no room", () =>
      this.toggleWide(),
    );
    this.wideButton.setAttribute("aria-pressed", false);
    const hint = "Download the rows found, with the columns chosen";
    const formats = this.model.get("formats").map((name) => this.button(name, hint, () => this.download(name)));
    const searching = element("label", { class: "apig-grid-search", for: id }, icon("search"), this.search);
    searching.prepend(element("span", { class: "apig-hidden" }, `Search ${label}`));
    const bar = element("div", { class: "apig-grid-bar" }, searching, this.clear, this.status);
    const buttons = [this.wideButton, this.filterButton, ...formats];
    const tools = element("span", { class: "apig-grid-tools" }, ...buttons, this.columns);
    const foot = element("div", { class: "apig-grid-foot" }, this.note, tools);
    const frame = element("div", { class: "apig-grid-frame" }, this.scroller, this.empty, foot);
    el.append(element("div", { class: "apig-grid" }, bar, this.alert, frame));

    guardKeys(el);
    this.search.addEventListener("input", () => this.sendSoon());
    this.search.addEventListener("keydown", (event) => event.key === "Enter" && this.send());
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

  button(text, hint, action) {
    const button = element("button", { type: "button", class: "apig-button apig-tiny", title: hint }, text);
    button.addEventListener("click", action);
    return button;
  }

  toggleFilters() {
    this.filters.hidden = !this.filters.hidden;
    this.filterButton.setAttribute("aria-pressed", !this.filters.hidden);
    this.resize();
  }

  toggleWide() {
    this.isWide = !this.isWide;
    this.wideButton.setAttribute("aria-pressed", this.isWide);
    this.resize();
  }

  get shownColumns() {
    return this.columnOrder.map((n) => this.state.columns[n]);
  }

  buildHead() {
    this.columnOrder = this.state.query.columns;
    const columns = this.shownColumns;
    this.names.replaceChildren(...columns.map((column, position) => this.makeHeading(column, position)));
    this.filters.replaceChildren(...columns.map((column, position) => this.makeFilter(column, position)));
    this.kinds = columns.map(({ kind }) => kind);
    this.numbers = columns.map(({ number }) => number);
    this.away = [];
    this.layOutColumns();
    this.drawn.clear();
    this.body.replaceChildren();
  }

  makeHeading({ name, heading, kind, number }, position) {
    const title = `column ${name}. Click or Enter sorts, with Shift by one more column; Alt+← and Alt+→ change the width`;
    const button = element("button", { type: "button", tabindex: -1, title });
    // Buttons and boxes say it themselves.
    const words = CONTROLS.includes(kind) ? span("apig-hidden", heading) : element("span", {}, heading);
    button.append(words, element("span", { class: "apig-grid-mark", "aria-hidden": "true" }));
    button.addEventListener("click", (event) => this.sort(this.columnOrder[position], event.shiftKey));
    const handle = element("span", { class: "apig-grid-handle", "aria-hidden": "true" });
    handle.addEventListener("pointerdown", (event) => this.startResize(event, position));
    const cell = element("div", { role: "columnheader", "aria-colindex": position + 1 }, button, handle);
    cell.classList.toggle("apig-grid-number", number);
    return cell;
  }

  makeFilter({ heading, number, hint }, position) {
    const input = element("input", { "aria-label": `Filter ${heading}`, title: hint, tabindex: -1, type: "text" });
    Object.assign(input, { placeholder: number ? "filter, >5" : "filter, =", autocomplete: "off", spellcheck: false });
    input.addEventListener("input", () => this.sendSoon());
    return element("div", { role: "gridcell", "aria-colindex": position + 1 }, input);
  }

  // Widths

  layOutColumns() {
    const columns = this.shownColumns;
    const flex = (column, fixed = fixedWidth(column)) =>
      fixed ? `0 0 ${fixed}ch` : `${column.width} 1 ${column.width}ch`;
    this.flexes = columns.map((column) => (column.pixels ? `0 0 ${column.pixels}px` : flex(column)));
    const usual = ({ width, kind, heading }) =>
      Math.min(width + (BADGE_WIDTHS[kind] ?? 0), LEAST_WIDTHS[kind] ?? clamp(heading.length + 3, ...LEAST_WIDTH));
    const least = (column) => fixedWidth(column) ?? usual(column);
    this.leasts = columns.map((column) => (column.pixels ? `${column.pixels}px` : `${least(column)}ch`));
    this.fitColumns();
    this.placeColumns();
  }

  fitColumns() {
    // A hidden table has no width.
    if (this.scroller.clientWidth) this.leaveOut();
    const names = this.away.map((position) => this.shownColumns[position].heading).reverse();
    this.note.textContent = this.state.note + (names.length ? `; no room for ${names.join(", ")}` : "");
  }

  // Leaves out columns, in the order in which they give way, until there is room for the others. One by which the user
  // filters or sorts stays.
  leaveOut() {
    const before = this.away.join();
    const { filters, sort } = this.query;
    const used = [...filters, ...sort].map(([n]) => this.columnOrder.indexOf(n));
    const columns = this.shownColumns;
    const leaving = [...columns.keys()]
      .filter((position) => columns[position].gives_way && !used.includes(position))
      .sort((a, b) => columns[a].gives_way - columns[b].gives_way);
    this.away = [];
    while (leaving.length && this.takeRoom() > this.scroller.clientWidth) this.away.push(leaving.shift());
    this.wideButton.hidden = !this.away.length;
    if (this.isWide) this.away = [];
    this.takeRoom();
    if (this.away.join() !== before) this.placeColumns();
  }

  // Gives the columns that are not left out the least width they need, and returns it in pixels.
  takeRoom() {
    const leasts = this.leasts.filter((_, position) => !this.away.includes(position));
    this.sheet.style.minWidth = `calc(${leasts.join(" + ") || "0px"})`;
    return parseFloat(getComputedStyle(this.sheet).minWidth);
  }

  placeColumns() {
    // A cell that is hidden loses the focus at once.
    const focused = this.scroller.querySelector(":focus")?.closest("[aria-colindex]");
    for (const row of [this.names, this.filters, ...this.drawn.values()].filter(({ isGroup }) => !isGroup))
      for (const [position, cell] of [...row.children].entries()) this.placeCell(cell, position);
    if (focused?.hidden) this.moveSideways(focused.parentElement, 0);
    else if (this.away.includes(this.current.column)) this.current.column = 0;
  }

  placeCell(cell, position) {
    cell.style.flex = this.flexes[position];
    cell.style.minWidth = this.leasts[position];
    cell.hidden = this.away.includes(position);
  }

  setWidth(position, pixels) {
    this.shownColumns[position].pixels = Math.max(MIN_WIDTH, Math.round(pixels));
    this.layOutColumns();
  }

  sendWidths() {
    const widths = this.state.columns.map(({ pixels }, n) => [n, pixels]).filter(([, pixels]) => pixels);
    this.model.send({ widths, frame: this.state.frame });
  }

  startResize(event, position) {
    event.preventDefault();
    const { target, clientX: start } = event;
    const width = this.names.children[position].offsetWidth;
    const move = ({ clientX }) => this.setWidth(position, width + clientX - start);
    const end = () => {
      target.removeEventListener("pointermove", move);
      this.sendWidths();
    };
    target.setPointerCapture(event.pointerId);
    target.addEventListener("pointermove", move);
    target.addEventListener("lostpointercapture", end, { once: true });
  }

  buildChoices() {
    this.choices.replaceChildren(
      ...this.state.columns.map(({ name, heading }, n) => {
        const box = element("input", { type: "checkbox" });
        box.addEventListener("change", () => this.showColumn(n, box.checked));
        return element("label", { title: `column ${name}` }, box, heading);
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
    if (view === this.view) this.answered = sequence;
    const isNewest = !this.typing && this.answered === this.sequence;
    const differ = (a, b) => JSON.stringify(a) !== JSON.stringify(b);
    const isNewFrame = state.frame !== before?.frame;
    const hasOtherColumns = isNewFrame || differ(state.query.columns, before.query.columns);
    if (isNewest || isNewFrame) this.query = structuredClone(state.query);
    if (isNewFrame) this.buildChoices();
    if (hasOtherColumns) this.buildHead();
    this.rows = new Map(state.rows.map((row, index) => [index, row]));
    this.isRequested = false;
    clearTimeout(this.busyTimer);
    for (const row of this.drawn.values()) row.filled = false;
    this.showQuery(isNewest, isNewFrame);
    this.status.textContent = state.status;
    this.empty.textContent = state.empty;
    this.showErrors();
    this.scroller.setAttribute("aria-rowcount", state.count + 2);
    this.scroller.setAttribute("aria-colcount", this.columnOrder.length);
    this.current.column = Math.max(0, Math.min(this.current.column, this.columnOrder.length - 1));
    this.body.style.height = `${state.count * this.rowHeight}px`;
    if (before?.total !== state.total) this.resize();
    else this.fitColumns();
    // A new frame keeps the place; other rows, or another order, begin at the top.
    if (!before || differ(state.query, before.query)) this.scroller.scrollTop = 0;
    const hadFocus = this.body.contains(document.activeElement);
    if (hadFocus && this.current.row >= state.count) {
      if (state.count) this.go(state.count - 1, this.current.column);
      else this.search.focus();
    }
    this.draw();
    // The kernel ignores a query for a former frame, which may have had other columns.
    if (isNewFrame && !isNewest && !this.typing) this.send();
  }

  showQuery(isNewest, isNewFrame) {
    const { columns, search, filters, sort } = this.query;
    const typed = Object.fromEntries(filters);
    this.columnOrder.forEach((n, position) => {
      const place = sort.findIndex(([column]) => column === n);
      const order = place < 0 ? "none" : sort[place][1] ? "descending" : "ascending";
      const head = this.names.children[position];
      head.setAttribute("aria-sort", order);
      const mark = { none: "", ascending: "▲", descending: "▼" }[order];
      head.querySelector(".apig-grid-mark").textContent = mark + (mark && sort.length > 1 ? place + 1 : "");
      const input = this.filters.children[position].firstChild;
      // Those of a new frame are empty yet.
      if ((isNewest || isNewFrame) && input.value.trim() !== (typed[n] ?? "").trim()) input.value = typed[n] ?? "";
      input.setAttribute("aria-invalid", this.state.invalid.includes(n));
    });
    if (isNewest && this.search.value.trim() !== search.trim()) this.search.value = search;
    this.clear.hidden = !this.search.value.trim() && !filters.length;
    for (const [n, label] of [...this.choices.children].entries()) label.firstChild.checked = columns.includes(n);
  }

  showErrors() {
    this.alert.textContent = [...this.state.filter_errors, this.model.get("error")].filter(Boolean).join("; ");
  }

  showSelected() {
    const { position, index } = this.model.get("selected");
    this.markAll();
    if (index >= 0 && position !== this.selectedPosition) this.scrollTo(index);
    this.selectedPosition = position;
  }

  receive({ version, first, rows, view, name }, buffers) {
    if (view !== undefined) {
      if (view === this.view) this.save(name, buffers);
      return;
    }
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

  // Ascending, descending, not at all; with Shift beside the columns that are sorted by already.
  sort(n, isAdded) {
    const known = this.query.sort.find(([column]) => column === n);
    const next = !known ? [[n, false]] : known[1] ? [] : [[n, true]];
    const others = isAdded ? this.query.sort.filter(([column]) => column !== n) : [];
    this.query.sort = [...others, ...next];
    this.send();
  }

  download(name) {
    this.model.send({ download: name, view: this.view });
  }

  save(name, buffers) {
    const address = URL.createObjectURL(new Blob(buffers, { type: "application/octet-stream" }));
    element("a", { href: address, download: name }).click();
    URL.revokeObjectURL(address);
  }

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.status.textContent = "copied";
    } catch {
      this.status.textContent = "the browser does not allow this page to copy";
    }
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
    if (target.closest("button")) {
      this.model.send({ action: target.textContent, position: row.position, frame: this.state.frame, view: this.view });
      return;
    }
    if (target.matches("input")) {
      this.model.send({ tick: row.position, on: target.checked, frame: this.state.frame });
      return;
    }
    // A click that ends a text selection does not select the row.
    if (row && getSelection().type !== "Range") this.select(row.index);
  }

  select(index) {
    const line = this.rows.get(index);
    // The head of a group stands for its first row.
    const row = line?.[0] < 0 ? this.rows.get(index + 1) : line;
    if (row) {
      this.selectedPosition = row[0];
      this.model.send({ select: row[0], frame: this.state.frame });
    }
  }

  // Drawing

  resize() {
    this.fitColumns();
    const size = parseFloat(getComputedStyle(this.scroller).fontSize) || 13;
    // Sentences take two lines where there is little room.
    const hasTwoLines = this.kinds.includes("sentence") && this.scroller.clientWidth < TWO_LINES_BELOW;
    this.scroller.classList.toggle("apig-grid-two-lines", hasTwoLines);
    this.rowHeight = Math.round(size * (hasTwoLines ? 3.1 : 2.46));
    // The height depends on all rows, so that it stays while a search is typed.
    const rows = Math.min(this.model.get("height"), this.state.total * (this.state.group ? 2 : 1));
    const height = rows * this.rowHeight + this.head.offsetHeight;
    this.scroller.style.setProperty("--apig-row", `${this.rowHeight}px`);
    // 16 px for the horizontal scroll bar, which lies inside the element.
    const hasScrollBar = this.scroller.scrollWidth > this.scroller.clientWidth;
    this.scroller.style.height = `${height + (hasScrollBar ? 16 : 2)}px`;
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
      this.makeCells(row, false);
      row.classList.toggle("apig-grid-odd", index % 2);
      this.drawn.set(index, row);
      this.body.insertBefore(row, below);
    }
    if (!row.filled) this.fill(row);
    return row;
  }

  // The head of a group is one cell over all columns.
  makeCells(row, isGroup) {
    row.isGroup = isGroup;
    row.classList.toggle("apig-grid-group", isGroup);
    row.replaceChildren(...(isGroup ? [0] : this.kinds).map((_, n) => this.emptyCell(n)));
    if (!isGroup) return;
    row.firstChild.removeAttribute("style");
    row.firstChild.hidden = false;
    row.firstChild.setAttribute("aria-colspan", this.kinds.length);
  }

  emptyCell(n) {
    const cell = element("div", { role: "gridcell", "aria-colindex": n + 1, tabindex: -1 });
    this.placeCell(cell, n);
    cell.classList.toggle("apig-grid-number", this.numbers[n]);
    cell.classList.toggle("apig-grid-control", CONTROLS.includes(this.kinds[n]));
    cell.classList.toggle("apig-grid-sentence", ["sentence", "code"].includes(this.kinds[n]));
    return cell;
  }

  fill(row) {
    const known = this.rows.get(row.index);
    const isGroup = known?.[0] < 0;
    if (isGroup !== Boolean(row.isGroup)) this.makeCells(row, isGroup);
    row.filled = Boolean(known);
    row.position = isGroup ? null : known?.[0];
    if (isGroup) this.fillGroup(row.firstChild, ...known[1]);
    else this.fillCells(row, known);
    this.mark(row);
  }

  fillGroup(cell, text, number) {
    const rows = this.model.get("label");
    const count = `${number} ${number === "1" ? rows.replace(/s$/, "") : rows}`;
    cell.replaceChildren(...KINDS[this.state.group](text), span("apig-grid-count", count));
    cell.title = text;
  }

  fillCells(row, known) {
    [...row.children].forEach((cell, n) => {
      const text = known ? (known[1][n] ?? "") : "…";
      const kind = this.kinds[n];
      cell.replaceChildren(...(text ? KINDS[kind](text) : []));
      cell.title = plain(kind, text);
    });
  }

  markAll() {
    for (const row of this.drawn.values()) this.mark(row);
  }

  mark(row) {
    const isSelected = row.filled && !row.isGroup && row.position === this.model.get("selected").position;
    row.setAttribute("aria-selected", Boolean(isSelected));
    const box = row.querySelector("input");
    if (box) box.checked = this.model.get("ticked").includes(row.position);
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
      if (row.children.length && !row.hidden) row.children[this.current.column].firstChild.tabIndex = 0;
    }
    const row = this.drawn.get(this.current.row);
    if (row) this.cellOf(row, this.current.column).tabIndex = 0;
  }

  cellOf(row, column) {
    return row.children[row.isGroup ? 0 : column];
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
    const row = cell.parentElement;
    if (!row.isGroup) this.current.column = Number(cell.getAttribute("aria-colindex")) - 1;
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
    const line = this.drawn.get(this.current.row);
    if (line) this.cellOf(line, column).focus({ preventScroll: true });
  }

  handleKey(event) {
    const cell = event.target.closest("[aria-colindex]");
    if (!cell) return;
    const row = cell.parentElement;
    const isHandled =
      this.handleCopy(event, row) ||
      this.handleWidthKey(event, row) ||
      (!event.altKey &&
        !event.metaKey &&
        !event.shiftKey &&
        (row === this.filters ? this.handleFilterKey(event) : this.handleRowKey(event, row)));
    if (isHandled) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  // Ctrl+C copies the cell, with Shift the row; text that the user selected is left to the browser.
  handleCopy({ key, ctrlKey, metaKey, shiftKey }, row) {
    if (key.toLowerCase() !== "c" || !(ctrlKey || metaKey) || row.parentElement !== this.body) return false;
    if (getSelection().type === "Range") return false;
    const texts = [...row.children].map((cell) => cell.title);
    this.copy(shiftKey || row.isGroup ? texts.join("\t") : texts[this.current.column]);
    return true;
  }

  handleWidthKey({ key, altKey }, row) {
    if (!altKey || row !== this.names || !["ArrowLeft", "ArrowRight"].includes(key)) return false;
    const { column } = this.current;
    const step = key === "ArrowLeft" ? -WIDTH_STEP : WIDTH_STEP;
    this.setWidth(column, row.children[column].offsetWidth + step);
    this.sendWidths();
    return true;
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
    const shown = [...this.columnOrder.keys()].filter((position) => !this.away.includes(position));
    const isLeft = column < this.current.column;
    const to = isLeft
      ? (shown.findLast((position) => position <= column) ?? shown[0])
      : (shown.find((position) => position >= column) ?? shown.at(-1));
    const cell = this.cellOf(row, to);
    (row.parentElement === this.body ? cell : cell.firstChild).focus({ preventScroll: true });
  }

  handleRowKey({ key, ctrlKey }, row) {
    const { column } = this.current;
    const columns = { ArrowLeft: column - 1, ArrowRight: column + 1, Home: 0, End: this.columnOrder.length - 1 };
    if (key in columns && !ctrlKey) {
      this.moveSideways(row, columns[key]);
      return true;
    }
    if (row === this.names) {
      if (key === "ArrowDown" && this.filters.hidden) this.go(this.current.row, column);
      else if (key === "ArrowDown") this.filters.children[column].firstChild.focus();
      return key === "ArrowDown";
    }
    const [top, bottom] = this.visibleRange;
    const page = Math.max(1, Math.floor(bottom - top) - 1);
    const index = row.index;
    const ends = ctrlKey ? { Home: 0, End: this.state.count - 1 } : {};
    const steps = { ArrowUp: index - 1, ArrowDown: index + 1, PageUp: index - page, PageDown: index + page, ...ends };
    const button = this.cellOf(row, column).querySelector("button, input");
    if (key === "Enter" || key === " ") button ? button.click() : this.select(index);
    else if (key === "ArrowUp" && index === 0)
      (this.filters.hidden ? this.names : this.filters).children[column].firstChild.focus();
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
