// The drawing area. The server says which photo is open and what was painted before (`props.value`, known by its token); here strokes
// are added as lists of points in pixels of the photo, and handed back with every change. What became of them comes by an event.
const root = element.querySelector('.ws-annotate'), stage = root.querySelector('.ws-stage'), photo = stage.querySelector('img');
const canvas = stage.querySelector('canvas'), pen = canvas.getContext('2d'), ring = stage.querySelector('.ws-brush');
const busy = stage.querySelector('.ws-busy'), slider = root.querySelector('.ws-size input'), size = root.querySelector('.ws-size output');
const colours = JSON.parse(root.dataset.colours), names = ['wrinkle', 'pore', 'zone'], opacity = { wrinkle: 0.5, pore: 0.5, zone: 0.3 };
const view = { s: 1, x: 0, y: 0 }, shown = { photo: true, strokes: true, crisp: true }, fingers = new Map();
const sheets = Object.fromEntries(names.map((name) => [name, document.createElement('canvas')]));
let open = {}, done = [], undone = [], base = {}, crisp = {}, layer = 'wrinkle', tool = 'brush', current = null, panning = false;
let space = false, waiting = false, unsaved = false, at = null;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const rgb = (colour) => `rgb(${colour.join(',')})`;

// A mask comes as grey; it is shown in a colour, and see-through where it is black.
const tinted = async (piece, colour) => {
  if (!piece) return null;
  const image = new Image();
  image.src = piece.url;
  await image.decode();
  const made = new OffscreenCanvas(image.width, image.height), brush = made.getContext('2d');
  brush.drawImage(image, 0, 0);
  const pixels = brush.getImageData(0, 0, image.width, image.height), data = pixels.data;
  for (let i = 0; i < data.length; i += 4) {
    data[i + 3] = data[i];
    [data[i], data[i + 1], data[i + 2]] = colour;
  }
  brush.putImageData(pixels, 0, 0);
  return { picture: made, x: piece.x, y: piece.y };
};
const loaded = async (pieces, tints) => {
  const found = await Promise.all(names.map((name) => tinted(pieces?.[name], tints[name])));
  return Object.fromEntries(names.map((name, i) => [name, found[i]]));
};

// --- drawing on the screen
const sharpness = () => window.devicePixelRatio || 1;
const trace = (brush, stroke) => {
  brush.globalCompositeOperation = stroke.erase ? 'destination-out' : 'source-over';
  brush.strokeStyle = brush.fillStyle = rgb(colours.rough[stroke.layer]);
  brush.lineWidth = stroke.width;
  brush.beginPath();
  const p = stroke.points;
  if (p.length === 2) {
    brush.arc(p[0], p[1], stroke.width / 2, 0, 7);
    brush.fill();
    return;
  }
  brush.moveTo(p[0], p[1]);
  for (let i = 2; i < p.length; i += 2) brush.lineTo(p[i], p[i + 1]);
  brush.stroke();
};
const placed = (brush) => {
  const k = sharpness();
  brush.setTransform(k * view.s, 0, 0, k * view.s, k * view.x, k * view.y);
  brush.imageSmoothingEnabled = view.s < 3;
};
const sheet = (name) => {
  const paper = sheets[name], brush = paper.getContext('2d');
  paper.width = canvas.width;
  paper.height = canvas.height;
  placed(brush);
  brush.beginPath();
  brush.rect(0, 0, open.width, open.height);
  brush.clip();
  brush.lineCap = brush.lineJoin = 'round';
  if (base[name]) brush.drawImage(base[name].picture, base[name].x, base[name].y);
  for (const stroke of done) if (stroke.layer === name) trace(brush, stroke);
  if (current && current.layer === name) trace(brush, current);
  return paper;
};
const paint = () => {
  const k = sharpness();
  const width = Math.max(1, Math.round(stage.clientWidth * k)), height = Math.max(1, Math.round(stage.clientHeight * k));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, width, height);
  photo.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.s})`;
  photo.style.imageRendering = view.s < 3 ? 'auto' : 'pixelated';
  photo.style.visibility = shown.photo ? 'visible' : 'hidden';
  if (!open.token) return;
  if (shown.strokes) for (const name of ['zone', 'wrinkle', 'pore']) {
    const paper = sheet(name);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.globalAlpha = opacity[name];
    pen.drawImage(paper, 0, 0);
  }
  pen.globalAlpha = 1;
  placed(pen);
  if (shown.crisp) for (const name of names) if (crisp[name]) pen.drawImage(crisp[name].picture, crisp[name].x, crisp[name].y);
  const wide = slider.value * view.s;
  ring.hidden = !at || tool === 'move' || space || fingers.size > 1;
  if (at) Object.assign(ring.style, { width: `${wide}px`, height: `${wide}px`, left: `${at[0] - wide / 2}px`, top: `${at[1] - wide / 2}px` });
  stage.dataset.tool = tool === 'move' || space ? 'move' : tool;
  Object.assign(stage.dataset, { scale: view.s, x: view.x, y: view.y, strokes: done.length });
};
let asked = false;
const show = () => {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; paint(); });
};
const buttons = () => {
  for (const button of root.querySelectorAll('button')) {
    const { layer: l, tool: t, show: s, act } = button.dataset;
    if (l) button.setAttribute('aria-pressed', l === layer);
    if (t) button.setAttribute('aria-pressed', t === tool);
    if (s) button.setAttribute('aria-pressed', shown[s]);
    if (act === 'undo') button.disabled = !done.length;
    if (act === 'redo') button.disabled = !undone.length;
  }
  size.textContent = `${slider.value} px`;
  busy.hidden = !waiting;
  show();
};

// --- view
const smallest = () => Math.min(stage.clientWidth / open.width, stage.clientHeight / open.height);
const settle = () => {
  view.s = clamp(view.s, smallest() * 0.9, 40);
  const room = [stage.clientWidth, stage.clientHeight], full = [open.width * view.s, open.height * view.s];
  view.x = full[0] <= room[0] ? (room[0] - full[0]) / 2 : clamp(view.x, room[0] - full[0], 0);
  view.y = full[1] <= room[1] ? (room[1] - full[1]) / 2 : clamp(view.y, room[1] - full[1], 0);
  show();
};
const whole = () => { view.s = smallest(); settle(); };
const zoom = (factor, x = stage.clientWidth / 2, y = stage.clientHeight / 2) => {
  const s = clamp(view.s * factor, smallest() * 0.9, 40);
  view.x = x - (x - view.x) * s / view.s;
  view.y = y - (y - view.y) * s / view.s;
  view.s = s;
  settle();
};
const move = (x, y) => { view.x += x; view.y += y; settle(); };

// --- strokes
const send = () => {
  waiting = unsaved = true;
  props.value = { ...open, strokes: done };
  trigger('input');
  buttons();
};
const add = (stroke) => { done = [...done, stroke]; undone = []; send(); };
const acts = {
  undo: () => { if (done.length) { undone = [...undone, done.at(-1)]; done = done.slice(0, -1); send(); } },
  redo: () => { if (undone.length) { done = [...done, undone.at(-1)]; undone = undone.slice(0, -1); send(); } },
  clear: () => add({ layer, erase: true, width: 3 * Math.max(open.width, open.height), points: [open.width / 2, open.height / 2] }),
  in: () => zoom(1.5), out: () => zoom(1 / 1.5), whole,
};
const place = (event) => {
  const box = stage.getBoundingClientRect();
  return [event.clientX - box.left - stage.clientLeft, event.clientY - box.top - stage.clientTop];
};
const inPhoto = ([x, y]) => [x, y].map((value, i) => Math.round(16 * (value - (i ? view.y : view.x)) / view.s) / 16);
const begin = (event) => {
  if (!open.token) return;
  fingers.set(event.pointerId, place(event));
  try { stage.setPointerCapture(event.pointerId); } catch { /* a pointer that is gone already */ }
  stage.focus({ preventScroll: true });
  panning = fingers.size > 1 || tool === 'move' || space || event.button > 0;
  current = panning ? null : { layer, erase: tool === 'eraser', width: Number(slider.value), points: inPhoto(place(event)) };
  show();
};
const drag = (event) => {
  at = event.pointerType === 'touch' ? null : place(event);
  const old = fingers.get(event.pointerId);
  if (!old) return show();
  const before = [...fingers.values()], now = place(event);
  fingers.set(event.pointerId, now);
  if (panning && fingers.size === 1) return move(now[0] - old[0], now[1] - old[1]);
  if (panning && fingers.size === 2) return pinch(before, [...fingers.values()]);
  if (!current) return;
  for (const one of event.getCoalescedEvents?.() || [event]) extend(inPhoto(place(one)));
  show();
};
const extend = ([x, y]) => {
  const p = current.points, step = Math.hypot(x - p.at(-2), y - p.at(-1));
  if (step >= Math.max(0.5, current.width / 12)) p.push(x, y);
};
const pinch = (before, now) => {
  const middle = ([a, b]) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], apart = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const from = middle(before), to = middle(now);
  zoom(apart(now) / Math.max(apart(before), 1), ...to);
  move(to[0] - from[0], to[1] - from[1]);
};
const end = (event) => {
  if (!fingers.delete(event.pointerId)) return;
  const stroke = current;
  current = null;
  if (stroke && event.type === 'pointerup') add(stroke);
  if (!fingers.size) panning = false;
  show();
};
stage.addEventListener('pointerdown', begin);
stage.addEventListener('pointermove', drag);
stage.addEventListener('pointerup', end);
stage.addEventListener('pointercancel', end);
stage.addEventListener('pointerleave', () => { at = null; show(); });
stage.addEventListener('contextmenu', (event) => event.preventDefault());
stage.addEventListener('wheel', (event) => {
  if (!open.token) return;
  event.preventDefault();
  zoom(Math.exp(-clamp(event.deltaY * (event.deltaMode === 1 ? 33 : 1), -200, 200) / 400), ...place(event));
}, { passive: false });

// --- tools and keys
const wider = (step) => { slider.value = clamp(Number(slider.value) + step, 1, Number(slider.max)); };
const toggle = (what) => { shown[what] = !shown[what]; };
root.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button || !open.token) return;
  const { layer: l, tool: t, show: s, act } = button.dataset;
  if (l) { layer = l; if (tool === 'move') tool = 'brush'; }
  if (t) tool = t;
  if (s) toggle(s);
  if (act) acts[act]();
  buttons();
});
slider.addEventListener('input', buttons);
const keys = {
  b: () => { tool = 'brush'; }, e: () => { tool = 'eraser'; }, m: () => { tool = 'move'; },
  1: () => { layer = 'wrinkle'; }, 2: () => { layer = 'pore'; }, 3: () => { layer = 'zone'; },
  '[': () => wider(-Math.max(1, Math.round(slider.value / 8))), ']': () => wider(Math.max(1, Math.round(slider.value / 8))),
  '+': acts.in, '=': acts.in, '-': acts.out, 0: whole,
  arrowleft: () => move(60, 0), arrowright: () => move(-60, 0), arrowup: () => move(0, 60), arrowdown: () => move(0, -60),
  p: () => toggle('photo'), s: () => toggle('strokes'), c: () => toggle('crisp'),
};
stage.addEventListener('keydown', (event) => {
  const key = event.key.toLowerCase(), command = event.ctrlKey || event.metaKey;
  if (!open.token || event.altKey) return;
  const act = command ? { z: event.shiftKey ? acts.redo : acts.undo, y: acts.redo }[key] : keys[key];
  if (key === ' ') space = true;
  if (!act && key !== ' ') return;
  event.preventDefault();
  if (act) act();
  buttons();
});
stage.addEventListener('keyup', (event) => { if (event.key === ' ') { space = false; show(); } });
stage.addEventListener('blur', () => { space = false; show(); });
window.addEventListener('beforeunload', (event) => { if (unsaved && element.isConnected) event.preventDefault(); });
new ResizeObserver(() => { if (open.token) settle(); }).observe(stage);

// --- what the server says
const results = async (told) => {
  if (!told || told.token !== open.token) return;
  const made = await loaded(told.crisp, colours.crisp).catch(() => null);
  if (told.token !== open.token || told !== window.wsAnnotate) return;
  if (made) crisp = made;
  waiting = false;
  unsaved = !told.saved;
  stage.dataset.result = Number(stage.dataset.result || 0) + 1;
  buttons();
};
const load = async () => {
  const told = props.value || {};
  if (told.token === open.token) return;
  open = told;
  [done, undone, base, crisp, current, waiting] = [told.strokes || [], [], {}, {}, null, false];
  if (!told.token) return;
  photo.src = told.photo;
  photo.alt = told.name;
  photo.width = told.width;
  photo.height = told.height;
  slider.max = told.most;
  slider.value = told.brush;
  stage.dataset.token = told.token;
  whole();
  buttons();
  results(window.wsAnnotate);
  const found = await loaded(told.base, colours.rough).catch(() => ({}));
  if (told.token === open.token) base = found;
  show();
};
document.addEventListener('ws-annotate', (event) => { if (element.isConnected) results(event.detail); });
watch('value', load);
load();
