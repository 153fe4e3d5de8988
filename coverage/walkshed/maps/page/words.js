// The page's data, its words in three languages, and how numbers are written.
// Text from the data reaches the page as text nodes only.

const data = JSON.parse(document.getElementById("walkshed-data").textContent);
const state = { language: data.language, scenario: "now" };

/** One of our own messages in the reader's language, its {placeholders} filled once. */
function t(message, values = {}) {
  const words = data.words[state.language] || {};
  const text = Object.hasOwn(words, message) ? words[message] : message;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** Text the tables hold in several languages: the reader's, or whichever there is. */
function inLanguage(texts) {
  return texts[state.language] || texts.ru || texts.kk || texts.en || "";
}

function formatNumber(value, decimals = 0) {
  if (!Number.isFinite(value)) return "—";
  const [whole, fraction] = value.toFixed(decimals).replace(/^-(?=[0.]*$)/, "").split(".");
  const english = state.language === "en";
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, english ? "," : "\u00a0");
  return fraction ? grouped + (english ? "." : ",") + fraction : grouped;
}

function formatShare(share) {
  if (!Number.isFinite(share)) return "—";
  return formatNumber(share * 100, 1) + (state.language === "en" ? "%" : "\u00a0%");
}

/** How much one number is more than another, as both are written: "+21 548", "−3", "0"; "—" if unknown. */
function changeInWords(was, is, decimals = 0) {
  const written = (value) => Number(value.toFixed(decimals));
  const change = written(is) - written(was);
  if (!Number.isFinite(change)) return "—";
  const text = formatNumber(Math.abs(change), decimals);
  if (!/[1-9]/.test(text)) return "0";
  return (change > 0 ? "+" : "−") + text;
}

function formatMetres(metres) {
  if (metres < 999.5) return formatNumber(metres) + "\u00a0" + t("m");
  return formatNumber(metres / 1000, 1) + "\u00a0" + t("km");
}

/** A new element; strings among the children become text, never markup. */
function el(tag, attributes = {}, ...children) {
  return grow(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return grow(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** Give the reader a file to keep. */
function handOut(blob, name) {
  const url = URL.createObjectURL(blob);
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function grow(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}
