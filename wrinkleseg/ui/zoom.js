// All pictures of one piece share one view: scale `s`, and the left top corner `x`, `y` in parts of a picture's width and height.
// It is kept in three style variables of the whole piece, which every picture follows, also one that comes later.
const most = () => Number(element.querySelector('[data-most]')?.dataset.most) || 8;  // the largest scale
const view = { s: 1, x: 0, y: 0 }, fingers = new Map();
let lastScroll = 0;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const show = () => {
  view.s = clamp(view.s, 1, most());
  view.x = clamp(view.x, 1 - view.s, 0);
  view.y = clamp(view.y, 1 - view.s, 0);
  element.style.setProperty('--zoom', view.s);
  element.style.setProperty('--left', `${100 * view.x}%`);
  element.style.setProperty('--top', `${100 * view.y}%`);
  element.classList.toggle('ws-zoomed', view.s > 1);
  const told = element.querySelector('[data-zoomed]');
  if (told) told.textContent = `${Math.round(100 * view.s)} %`;
  element.dispatchEvent(new CustomEvent('ws-view', { detail: { ...view } }));
};
const zoom = (factor, x = 0.5, y = 0.5) => {
  const s = clamp(view.s * factor, 1, most());
  view.x = x - (x - view.x) * s / view.s;
  view.y = y - (y - view.y) * s / view.s;
  view.s = s;
  show();
};
const move = (x, y) => { view.x += x; view.y += y; show(); };
const whole = () => { view.s = 1; show(); };
const plain = (pressed) => {
  element.classList.toggle('ws-plain', pressed);
  const button = element.querySelector('[data-zoom="plain"]');
  if (button) button.setAttribute('aria-pressed', pressed);
};
const place = (event, frame) => {
  const box = frame.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
};
const frameOf = (event) => event.target.closest('.ws-window');

element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-zoom]');
  if (!button) return;
  const acts = { in: () => zoom(1.5), out: () => zoom(1 / 1.5), whole, plain: () => plain(!element.classList.contains('ws-plain')) };
  acts[button.dataset.zoom]();
});
element.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !event.target.closest('.ws-panes')) return;
  const acts = {
    '+': () => zoom(1.25), '=': () => zoom(1.25), '-': () => zoom(0.8), 0: whole, Home: whole,
    ArrowLeft: () => move(0.1, 0), ArrowRight: () => move(-0.1, 0), ArrowUp: () => move(0, 0.1), ArrowDown: () => move(0, -0.1),
  };
  const arrow = event.key.startsWith('Arrow');
  if (!acts[event.key] || (arrow && view.s === 1)) return;
  event.preventDefault();
  acts[event.key]();
});

// The wheel zooms, but a page that is being scrolled goes on scrolling when a picture comes under the pointer, and so does
// one whose picture is as small or as large as it can be.
document.addEventListener('scroll', () => { lastScroll = performance.now(); }, { passive: true, capture: true });
element.addEventListener('wheel', (event) => {
  const frame = frameOf(event), inwards = event.deltaY < 0;
  if (!frame || performance.now() - lastScroll < 200 || (inwards ? view.s >= most() : view.s <= 1)) return;
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 33 : 1;
  zoom(Math.exp(-clamp(event.deltaY * lines, -200, 200) / 400), ...place(event, frame));
}, { passive: false });

element.addEventListener('pointerdown', (event) => {
  const frame = frameOf(event);
  if (!frame || event.button > 0) return;
  fingers.set(event.pointerId, { frame, at: place(event, frame) });
  if (event.pointerType === 'mouse') event.preventDefault();
  frame.closest('.ws-panes').focus({ preventScroll: true });
  frame.setPointerCapture(event.pointerId);
});
element.addEventListener('pointermove', (event) => {
  const finger = fingers.get(event.pointerId);
  if (!finger) return;
  const before = [...fingers.values()].map((one) => one.at), old = finger.at;
  finger.at = place(event, finger.frame);
  if (fingers.size === 1) return move(finger.at[0] - old[0], finger.at[1] - old[1]);
  if (fingers.size !== 2) return;
  const now = [...fingers.values()].map((one) => one.at);
  const middle = ([a, b]) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], apart = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]);
  const [from, to] = [middle(before), middle(now)];
  zoom(apart(now) / Math.max(apart(before), 0.01), ...to);
  move(to[0] - from[0], to[1] - from[1]);
});
const lift = (event) => fingers.delete(event.pointerId);
element.addEventListener('pointerup', lift);
element.addEventListener('pointercancel', lift);
element.addEventListener('dragstart', (event) => { if (frameOf(event)) event.preventDefault(); });

watch('value', () => { fingers.clear(); plain(element.classList.contains('ws-plain')); show(); });
