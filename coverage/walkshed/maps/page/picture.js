// A picture of the view: the map as it is seen, with title, legend, scale and sources, as a PNG.

const PICTURE = { scale: 2, margin: 24, side: 320, font: "system-ui, \"Noto Sans\", \"DejaVu Sans\", sans-serif" };

async function savePicture(view) {
  const canvas = await drawPicture(view);
  canvas.toBlob((blob) => handOut(blob, "map.png"), "image/png");
}

/** The whole picture on a canvas; nothing in it comes from outside the page. */
async function drawPicture(view) {
  const box = view.box.getBoundingClientRect();
  const { scale, margin, side } = PICTURE;
  const canvas = el("canvas");
  const pen = canvas.getContext("2d");
  const legend = await legendBlocks(view);
  const width = box.width + side + margin * 3;
  const title = inLanguage(data.title);
  const titleLines = wrapped(pen, title, width - 2 * margin, "700 24px");
  const sourceLines = wrapped(pen, pictureSources(view), width - 2 * margin, "12px");
  const top = margin + titleLines.length * 30 + 26;
  const height = Math.max(box.height, heightOf(pen, legend, side)) + top + sourceLines.length * 17 + margin * 2;
  canvas.width = width * scale;
  canvas.height = height * scale;
  pen.scale(scale, scale);
  pen.fillStyle = ink("paper");
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = ink("ink");
  writeLines(pen, titleLines, margin, margin + 20, 30, "700 24px");
  writeLines(pen, [pictureFigure()], margin, top - 12, 18, "14px");
  await drawMapInto(pen, view, box, margin, top);
  pen.fillStyle = ink("ink");
  drawLegend(pen, legend, margin * 2 + box.width, top, side);
  pen.fillStyle = ink("soft");
  writeLines(pen, sourceLines, margin, height - margin - (sourceLines.length - 1) * 17, 17, "12px");
  return canvas;
}

/** The scenario's headline number and the date of the data, below the title. */
function pictureFigure() {
  const told = document.querySelector(".headline .figure");
  const date = inLanguage(data.date) && t("Data as of {date}", { date: inLanguage(data.date) });
  const words = told && [...told.children].map((node) => node.textContent).join(" — ");
  return [data.schematic && t("schematic"), words, date].filter(Boolean).join(" · ");
}

function pictureSources(view) {
  const standard = inLanguage(data.standard);
  return [standard && t("Standard and speed: {standard}", { standard }),
    `${t("Sources")}: ${view.credit.textContent}`].filter(Boolean).join(" · ");
}

// ---- the map itself: every canvas, drawing and text that is seen on it, in the order of the panes

async function drawMapInto(pen, view, box, left, top) {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, box.width, box.height);
  pen.clip();
  pen.fillStyle = ink("ground");
  pen.fillRect(left, top, box.width, box.height);
  const panes = [...view.map.getPane("mapPane").children]
    .sort((one, other) => orderOf(one) - orderOf(other));
  for (const pane of panes) await drawPane(pen, pane, left - box.left, top - box.top);
  for (const mark of view.marks.children) writeTurned(pen, mark, left - box.left, top - box.top);
  drawScale(pen, view, left, top + box.height);
  pen.restore();
  pen.strokeStyle = ink("line");
  pen.strokeRect(left, top, box.width, box.height);
}

const orderOf = (pane) => Number(getComputedStyle(pane).zIndex) || 0;

async function drawPane(pen, pane, east, south) {
  const style = getComputedStyle(pane);
  if (style.display === "none" || style.visibility === "hidden") return;
  pen.save();
  pen.globalCompositeOperation = style.mixBlendMode === "normal" ? "source-over" : style.mixBlendMode;
  const height = (node) => Number(node.closest(".leaflet-marker-icon")?.style.zIndex) || 0;
  const nodes = [...pane.querySelectorAll("canvas, svg, .place")].sort((one, other) => height(one) - height(other));
  for (const node of nodes) {
    const at = node.getBoundingClientRect();
    if (!at.width || !at.height || getComputedStyle(node).display === "none") continue;
    pen.globalAlpha = Number(style.opacity) * Number(getComputedStyle(node).opacity);
    if (node.classList.contains("place")) writeName(pen, node, east, south);
    else pen.drawImage(node instanceof SVGElement ? await imageOf(node) : node, at.left + east, at.top + south, at.width, at.height);
  }
  pen.restore();
}

/** A drawing as an image of its own; it holds shapes only, never markup from data. */
function imageOf(node) {
  const copy = node.cloneNode(true);
  const { width, height } = node.getBoundingClientRect();
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.setAttribute("style", `font-family: ${PICTURE.font}`);
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  return image.decode().then(() => image);
}

function writeName(pen, node, east, south) {
  const at = node.firstChild.getBoundingClientRect();
  pen.font = `${node.classList.contains("large") ? "600 14px" : "12px"} ${PICTURE.font}`;
  pen.textAlign = "center";
  pen.lineJoin = "round";
  pen.lineWidth = 3;
  pen.strokeStyle = ink("halo");
  pen.fillStyle = ink("name");
  const [x, y] = [at.left + at.width / 2 + east, at.bottom + south - 4];
  pen.strokeText(node.textContent, x, y);
  pen.fillText(node.textContent, x, y);
}

function writeTurned(pen, mark, east, south) {
  const at = mark.getBoundingClientRect();
  const style = getComputedStyle(mark);
  pen.save();
  pen.translate(at.left + at.width / 2 + east, at.top + at.height / 2 + south);
  pen.rotate((-24 * Math.PI) / 180);
  pen.font = `700 ${style.fontSize} ${PICTURE.font}`;
  pen.textAlign = "center";
  pen.fillStyle = style.color;
  pen.fillText(mark.textContent.toLocaleUpperCase(state.language), 0, 0);
  pen.restore();
}

function drawScale(pen, view, left, bottom) {
  const bar = view.scale.getContainer().firstChild;
  const width = bar.getBoundingClientRect().width;
  const [x, y] = [left + view.box.clientWidth - width - 14, bottom - 14];
  pen.fillStyle = ink("veil");
  pen.fillRect(x - 6, y - 22, width + 12, 28);
  pen.fillStyle = pen.strokeStyle = ink("ink");
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(x, y - 6);
  pen.lineTo(x, y);
  pen.lineTo(x + width, y);
  pen.lineTo(x + width, y - 6);
  pen.stroke();
  pen.font = `12px ${PICTURE.font}`;
  pen.textAlign = "center";
  pen.fillText(bar.textContent, x + width / 2, y - 7);
}

// ---- the legend, as the page has it

/** What the legend says: [{title, keys: [{image, width, height, text}], steps: [{colour, text}]}]. */
async function legendBlocks(view) {
  const blocks = [];
  const ramp = view.ramp.querySelector(".ramp");
  if (ramp) {
    blocks.push({ title: ramp.querySelector("p").textContent, keys: [], steps: [...ramp.querySelectorAll(".steps > span")].map((step) => ({
      colour: getComputedStyle(step.querySelector("i")).backgroundColor, text: step.textContent })) });
  }
  for (const row of view.panel.querySelectorAll(".layer")) {
    if (!row.querySelector("input:checked")) continue;
    const keys = [];
    for (const one of row.querySelectorAll(".key")) {
      const drawing = one.querySelector("svg");
      if (!drawing) continue;
      const width = Number(drawing.getAttribute("width"));
      const height = Number(drawing.getAttribute("height"));
      const copy = drawing.cloneNode(true);
      document.body.append(copy);
      try {
        keys.push({ image: await imageOf(copy), width, height, text: one.lastChild.textContent });
      } finally {
        copy.remove();
      }
    }
    if (keys.length) blocks.push({ title: row.querySelector("label").textContent, keys, steps: [] });
  }
  return blocks;
}

function heightOf(pen, blocks, side) {
  return drawLegend(pen, blocks, 0, 0, side, true);
}

/** Draw the legend downwards from a place; gives the height it takes. */
function drawLegend(pen, blocks, left, top, side, dry = false) {
  let y = top + 14;
  for (const { title, keys, steps } of blocks) {
    const lines = wrapped(pen, title, side, "600 14px");
    if (!dry) writeLines(pen, lines, left, y, 19, "600 14px");
    y += lines.length * 19;
    if (steps.length && !dry) drawSteps(pen, steps, left, y - 8, side);
    if (steps.length) y += 40;
    for (const one of keys) {
      const words = wrapped(pen, one.text, side - 38, "13px");
      if (!dry) {
        pen.drawImage(one.image, left + (28 - one.width) / 2, y - 5 - one.height / 2, one.width, one.height);
        writeLines(pen, words, left + 36, y, 17, "13px");
      }
      y += Math.max(words.length * 17, one.height) + 5;
    }
    y += 12;
  }
  return y - top;
}

function drawSteps(pen, steps, left, top, side) {
  const width = side / steps.length;
  const ink = pen.fillStyle;
  steps.forEach(({ colour, text }, place) => {
    pen.fillStyle = colour;
    pen.fillRect(left + place * width, top, width, 14);
    pen.fillStyle = ink;
    pen.font = `12px ${PICTURE.font}`;
    pen.textAlign = "center";
    pen.fillText(text, left + (place + 0.5) * width, top + 28);
  });
}

function wrapped(pen, text, width, font) {
  pen.font = `${font} ${PICTURE.font}`;
  const lines = [""];
  for (const word of text.split(/\s+(?!$)/)) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (lines.at(-1) && pen.measureText(longer).width > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function writeLines(pen, lines, left, top, step, font) {
  pen.font = `${font} ${PICTURE.font}`;
  pen.textAlign = "left";
  lines.forEach((line, place) => pen.fillText(line, left, top + place * step));
}
