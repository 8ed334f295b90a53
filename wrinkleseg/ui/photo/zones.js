// One zone may be chosen, on the picture, on the map of the face or in a table: it is marked in all of them, the picture goes
// there, and its sentence is read out. `element` is the picture's fragment, `view`, `show` and `whole` are its zoom's.
const room = element.closest('#result') || document.body;
const unions = UNIONS;
const state = { zone: null, face: null, frame: null, measure: null, wipe: 4, down: [0, 0], asked: '', stale: '' };
const all = (selector) => [...room.querySelectorAll(selector)];
const members = (zone) => (zone ? unions[zone] || [zone] : []);
const still = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;
const set = (node, name, value) => { if (node.getAttribute(name) !== value) node.setAttribute(name, value); };

const mark = () => {
  const chosen = members(state.zone);
  all('.ws-zones [data-zone], .ws-chart g[data-zone]').forEach((node) => {
    node.classList.toggle('ws-picked', chosen.includes(node.dataset.zone));
    if (node.tagName === 'g') set(node, 'aria-pressed', String(chosen.includes(node.dataset.zone)));
  });
  all('tr[data-zone]').forEach((row) => {
    const on = row.dataset.zone === (state.zone || '');
    row.classList.toggle('ws-picked', on);
    row.querySelectorAll('th button').forEach((button) => set(button, 'aria-pressed', String(on)));
  });
  const figures = all('.ws-chart figure');
  if (!figures.some((figure) => figure.dataset.measure === state.measure)) state.measure = figures[0]?.dataset.measure;
  figures.forEach((figure) => { figure.hidden = figure.dataset.measure !== state.measure; });
  all('.ws-measure-choice input').forEach((input) => { if (input.value === state.measure) input.checked = true; });
  const said = element.querySelector('[data-said]');
  const sentence = room.querySelector(`[data-sentence="${state.zone || 'whole'}"]`);
  if (said && sentence && said.textContent !== sentence.textContent) said.textContent = sentence.textContent;
};
const bounds = (zones) => {
  const found = zones.map((zone) => element.querySelector(`.ws-zones [data-zone="${zone}"]`)).filter(Boolean);
  const boxes = found.map((path) => path.dataset.bounds.split(' ').map(Number));
  if (!boxes.length) return null;
  const least = (i) => Math.min(...boxes.map((b) => b[i])), largest = (i) => Math.max(...boxes.map((b) => b[i]));
  return [least(0), least(1), largest(2), largest(3)];
};
const goTo = ([left, top, right, bottom], scale) => {
  view.s = clamp(scale || 0.8 / Math.max(right - left, bottom - top), 1, most());
  view.x = 0.5 - view.s * (left + right) / 2;
  view.y = 0.5 - view.s * (top + bottom) / 2;
  element.classList.toggle('ws-glide', !still());
  show();
};
const pick = (zone, aside) => {
  state.zone = zone && zone !== 'whole' && zone !== state.zone ? zone : null;
  const place = bounds(members(state.zone));
  if (place) goTo(place);
  else whole();
  mark();
  if (!aside) return;
  const box = element.getBoundingClientRect();
  if (box.bottom < 120 || box.top > window.innerHeight - 120) {
    element.scrollIntoView({ block: 'start', behavior: still() ? 'auto' : 'smooth' });
  }
};
const closeUp = () => {
  const look = element.querySelector('.ws-look'), frame = element.querySelector('.ws-window');
  const zones = [members(state.zone), [look?.dataset.pores], ['cheek_left'], ['cheek_right'], ['nose']];
  const place = zones.map(bounds).find(Boolean);
  if (place && look) goTo(place, Math.max(3, 2 * Number(look.dataset.pixels) / frame.clientWidth));
};
const fullScreen = () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else element.querySelector('.ws-look').requestFullscreen();
};
const wipe = (percent) => {
  state.wipe = clamp(percent, 0, 100);
  element.style.setProperty('--wipe', `${state.wipe}%`);
  element.classList.toggle('ws-no-original', state.wipe < 20);
  element.classList.toggle('ws-no-result', state.wipe > 80);
  const range = element.querySelector('.ws-wipe');
  if (range && Number(range.value) !== state.wipe) range.value = state.wipe;
};
const zoneAt = (event) => document.elementsFromPoint(event.clientX, event.clientY)
  .map((node) => node.closest('.ws-zones [data-zone]')).find(Boolean);

room.addEventListener('click', (event) => {
  if (!element.isConnected) return;
  const act = event.target.closest('[data-act]');
  if (act) return { close: closeUp, full: fullScreen }[act.dataset.act]();
  if (event.target.closest('[data-zoom="whole"]')) return pick(null);
  if (event.target.closest('.ws-window')) {
    const moved = Math.hypot(event.clientX - state.down[0], event.clientY - state.down[1]);
    const zone = moved < 6 && !event.target.closest('.ws-divider i') && zoneAt(event);
    return zone ? pick(zone.dataset.zone) : undefined;
  }
  const other = event.target.closest('g[data-zone], tr[data-zone]');
  if (other) pick(other.dataset.zone, true);
});
room.addEventListener('keydown', (event) => {
  const zone = event.target.closest('g[data-zone]');
  if (!zone || !['Enter', ' '].includes(event.key)) return;
  event.preventDefault();
  pick(zone.dataset.zone, true);
});
room.addEventListener('change', (event) => {
  if (!event.target.closest('.ws-measure-choice')) return;
  state.measure = event.target.value;
  mark();
});
element.addEventListener('input', (event) => { if (event.target.matches('.ws-wipe')) wipe(Number(event.target.value)); });

// The handle is dragged by itself: it moves no picture. A glide ends where a hand takes over.
element.addEventListener('pointerdown', (event) => {
  element.classList.remove('ws-glide');
  state.down = [event.clientX, event.clientY];
  const knob = event.target.closest('.ws-divider i');
  if (!knob) return;
  event.stopPropagation();
  event.preventDefault();
  const box = knob.closest('.ws-window').getBoundingClientRect();
  const follow = (moved) => wipe(100 * (moved.clientX - box.left) / box.width);
  const end = () => { window.removeEventListener('pointermove', follow); };
  window.addEventListener('pointermove', follow);
  window.addEventListener('pointerup', end, { once: true });
  window.addEventListener('pointercancel', end, { once: true });
}, true);
element.addEventListener('wheel', () => element.classList.remove('ws-glide'), { capture: true, passive: true });

// A large photo is shown smaller than it is. Zoomed in, the part that is seen is fetched in the photo's own pixels and laid over.
let pause = 0;
const clearClose = () => element.querySelectorAll('.ws-close').forEach((image) => image.remove());
const askClose = () => {
  if (!element.querySelector('.ws-look[data-shrunk]') || view.s < 1.3) return;
  const part = [-view.x, -view.y, 1 - view.x, 1 - view.y].map((value, i) => clamp(value / view.s + (i < 2 ? -0.03 : 0.03), 0, 1).toFixed(4)).join(' ');
  if (part === state.asked) return;
  state.asked = part;
  trigger('click', { choice: part });
};
const layClose = () => {
  const close = room.querySelector('[data-close]'), sheets = element.querySelectorAll('.ws-sheet');
  if (!close || close.dataset.id === state.stale) return;
  state.stale = close.dataset.id;
  clearClose();
  const [left, top, right, bottom] = close.dataset.close.split(' ').map((value) => 100 * value);
  [close.dataset.original, close.dataset.drawn].forEach((source, i) => {
    const image = Object.assign(new Image(), { src: source, alt: '', className: 'ws-close', draggable: false });
    // Not by left and top: a browser rounds them to whole pixels before it zooms, and four photo pixels would be lost.
    image.style.transform = `translate(${left}%, ${top}%) scale(${(right - left) / 100}, ${(bottom - top) / 100})`;
    sheets[i].append(image);
  });
};
element.addEventListener('ws-view', () => { clearTimeout(pause); pause = setTimeout(askClose, 400); });

// A redraw keeps what was chosen; another face begins afresh; another frame goes to the same zone.
const renewed = () => {
  const look = element.querySelector('.ws-look');
  if (!look) return;
  const frame = look.querySelector('.ws-window').style.getPropertyValue('--shape');
  if (look.dataset.face !== state.face) { state.zone = null; whole(); }
  else if (frame !== state.frame) {
    const place = bounds(members(state.zone));
    if (place) goTo(place);
    else whole();
  }
  clearClose();
  state.asked = '';
  state.stale = room.querySelector('[data-close]')?.dataset.id || '';
  clearTimeout(pause);
  pause = setTimeout(askClose, 400);
  Object.assign(state, { face: look.dataset.face, frame });
  wipe(state.wipe);
  mark();
};
watch('value', renewed);
let planned = 0;
new MutationObserver(() => { cancelAnimationFrame(planned); planned = requestAnimationFrame(() => { mark(); layClose(); }); })
  .observe(room, { childList: true, subtree: true });
renewed();
