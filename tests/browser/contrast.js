root => {
  // The least contrast of text to its background in an element: what axe-core cannot tell through JupyterLab's layers.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, below) => top.map((part, n) => (n === 3 ? 1 : part * top[3] + below[n] * (1 - top[3])));
  const backdrop = node => {
    if (!node) return [255, 255, 255, 1];
    const colour = rgba(getComputedStyle(node).backgroundColor);
    return colour[3] === 1 ? colour : over(colour, backdrop(node.parentElement));
  };
  const light = colour => {
    const [red, green, blue] = colour.slice(0, 3).map(part => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const hasText = node => [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
  const found = [...root.querySelectorAll("*:not(style):not(option)")]
    .filter(node => (hasText(node) || ["INPUT", "SELECT"].includes(node.tagName)) && node.checkVisibility())
    .filter(node => !node.disabled)
    .map(node => {
      const below = backdrop(node);
      const lights = [over(rgba(getComputedStyle(node).color), below), below].map(light).sort((a, b) => b - a);
      const words = (node.textContent || node.tagName).trim().slice(0, 40);
      return [Math.round(100 * (lights[0] + 0.05) / (lights[1] + 0.05)) / 100, words];
    });
  return found.sort((a, b) => a[0] - b[0])[0];
}
