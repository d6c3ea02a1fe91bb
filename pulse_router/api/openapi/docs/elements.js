// Makes elements. Text never becomes markup.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// The little of Markdown that descriptions use: paragraphs, lists and `code`.
export function prose(text = "") {
  return text.trim().split(/\n\n+/).filter(Boolean).map((block) => {
    if (!block.startsWith("- ")) return element("p", {}, ...inline(block));
    const items = block.slice(2).split(/\n- /);
    return element("ul", {}, ...items.map((item) => element("li", {}, ...inline(item))));
  });
}

// `code` inside of a line.
export function inline(text) {
  return text.split("`").map((part, place) => (place % 2 ? element("code", {}, part) : part));
}
