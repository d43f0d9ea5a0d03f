/** An HTML element with attributes and children. Strings become text, never markup. */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (typeof value === "boolean") made.toggleAttribute(attribute, value);
    else made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}
