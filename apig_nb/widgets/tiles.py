"""A row of buttons that count something and stay pressed: a press asks for these, another takes it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import anywidget
import traitlets

# `aria-pressed` tells a screen reader what is pressed, which the toggle buttons of ipywidgets do not.
_ESM = """
function button(tile, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `apig-tile ${tile.look}`;
  made.dataset.key = tile.key;
  made.disabled = !tile.count;
  made.setAttribute("aria-pressed", tile.pressed);
  if (tile.sign) {
    const sign = document.createElement("span");
    sign.setAttribute("aria-hidden", "true");
    sign.className = "apig-tile-sign";
    sign.textContent = tile.sign;
    made.append(sign);
  }
  const count = document.createElement("b");
  count.textContent = tile.count.toLocaleString("en");
  made.append(count, ` ${tile.words}`);
  made.addEventListener("click", () => press(tile.key));
  return made;
}
function render({ model, el }) {
  el.classList.add("apig-tiles");
  const press = (key) => model.send({ press: key });
  const draw = () => {
    const focused = el.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    el.replaceChildren(...model.get("groups").map(({ label, tiles }) => {
      const group = document.createElement("div");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", label);
      group.append(...tiles.map((tile) => button(tile, press)));
      return group;
    }));
    [...el.querySelectorAll("button")].find((made) => made.dataset.key === focused)?.focus();
  };
  model.on("change:groups", draw);
  draw();
}
export default { render };
"""


@dataclass(frozen=True)
class Tile:
    """One button.

    Attributes:
        key: what it is known by.
        count: how many there are; nothing can be asked for where there are none.
        words: what is counted.
        sign: a shape before it.
        look: its CSS class.
        pressed: whether it is pressed.
    """

    key: str
    count: int
    words: str
    sign: str = ""
    look: str = ""
    pressed: bool = False


class Tiles(anywidget.AnyWidget):
    """Shows tiles; whether one stays pressed is for whoever hears of the press."""

    _esm = _ESM
    groups: traitlets.List[dict[str, object]] = traitlets.List().tag(sync=True)

    def __init__(self, press: Callable[[str], None]) -> None:
        super().__init__()
        self._press = press
        self.on_msg(self._message)

    def show(self, groups: dict[str, Sequence[Tile]]) -> None:
        """Show tiles, by the name of their group."""
        self.groups = [
            {"label": label, "tiles": [asdict(tile) for tile in tiles]} for label, tiles in groups.items() if tiles
        ]

    def _message(self, _widget: object, content: object, _buffers: object) -> None:
        match content:
            case {"press": str(key)}:
                self._press(key)
