// Guides a person at the camera: an outline over the live picture, advice by the limits of the analysis, a self-timer.
// Nothing leaves the browser here. Gradio's own buttons take the photo, which is never mirrored; only the preview is.
const guide = element.querySelector('[data-guide]');
const limits = JSON.parse(guide.dataset.limits), words = JSON.parse(guide.dataset.words);
const [headline, advice] = guide.querySelector('.ws-said').children, note = guide.querySelector('[data-note]');
const button = (act) => guide.querySelector(`[data-act="${act}"]`);
const canvas = document.createElement('canvas'), pen = canvas.getContext('2d', { willReadFrequently: true });
const finder = 'FaceDetector' in window ? new FaceDetector({ maxDetectedFaces: 3, fastMode: true }) : null;
const OFTEN = 250, STEADY = 1000; // ms: between two looks; as long must a finding last before it is said
const REFUSALS = { NotAllowedError: 'refused', NotFoundError: 'absent', OverconstrainedError: 'absent', NotReadableError: 'busy', AbortError: 'busy' };
let said = '', candidate = '', since = 0, left = 0, clock = null, refusal = '', taken = false, takenAt = 0, takenFrom = null, again = false, pressed = null, looking = false;

const ARRIVES = 30000; // ms: so long may a photo that was taken be on its way
const field = () => document.getElementById(guide.dataset.guide);
const inField = (selector) => { const room = field(); return room && room.querySelector(selector); };
const grant = () => inField('[title="grant webcam access"] button');
const remove = () => inField('.icon-button-wrapper button');
const liveVideo = () => {
  const video = inField('video');
  return video && video.offsetWidth && video.videoWidth && video.srcObject ? video : null;
};

// The face's place on the picture, in its pixels: as large as the frame allows, in the shape of a face.
const ovalOf = (width, height) => {
  const high = Math.min(0.86 * height, 0.72 * width / 0.76), wide = 0.76 * high;
  return { x: (width - wide) / 2, y: (height - high) / 2, width: wide, height: high };
};

const say = (state, head, text) => {
  if (state === said) return;
  said = state;
  [headline.textContent, advice.textContent] = [head, text];
  guide.dataset.state = state;
};
const sayState = (state) => say(state, ...words.live[state]);
const saySteady = (state, now) => {
  if (state !== candidate) [candidate, since] = [state, now];
  if (now - since >= STEADY) sayState(state);
};

// What speaks against the picture inside the oval.
const grab = (video, box) => {
  const scale = Math.min(1, limits.face_width / box.width);
  [canvas.width, canvas.height] = [Math.round(box.width * scale), Math.round(box.height * scale)];
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(video, box.x, box.y, box.width, box.height, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
};
const lumaOf = ({ data }) => {
  const luma = new Float32Array(data.length / 4);
  for (let i = 0; i < luma.length; i++) luma[i] = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
  return luma;
};
// The blur effect along lines of `length` pixels, `step` apart in memory; `next` is between the lines' first pixels.
const blurAlong = (luma, lines, length, step, next) => {
  const half = (limits.reblur - 1) / 2, line = new Float32Array(length), soft = new Float32Array(length);
  const mirrored = (i) => line[i < 0 ? -i : i >= length ? 2 * length - 2 - i : i];
  let total = 0, lost = 0;
  for (let l = 0; l < lines; l++) {
    for (let i = 0; i < length; i++) line[i] = luma[l * next + i * step];
    let sum = 0;
    for (let i = -half; i < half; i++) sum += mirrored(i);
    for (let i = 0; i < length; i++) {
      sum += mirrored(i + half);
      soft[i] = sum / limits.reblur;
      sum -= mirrored(i - half);
    }
    for (let i = 1; i < length; i++) {
      const before = Math.abs(line[i] - line[i - 1]);
      total += before;
      lost += Math.max(0, before - Math.abs(soft[i] - soft[i - 1]));
    }
  }
  return total ? 1 - lost / total : 1;
};
const quantile = (counts, share) => {
  let rest = share * counts.reduce((a, b) => a + b, 0), level = 0;
  while (level < 255 && (rest -= counts[level]) > 0) level++;
  return level;
};
// Skin of any shade lies in a small part of the plane of the two colour differences.
const skinColoured = (r, g, b) => {
  const cb = 128 - 0.169 * r - 0.331 * g + 0.5 * b, cr = 128 + 0.5 * r - 0.419 * g - 0.081 * b;
  return cb >= 77 && cb <= 127 && cr >= 133 && cr <= 173;
};
const measure = (picture) => {
  const { data, width, height } = picture, luma = lumaOf(picture);
  const counts = () => [new Uint32Array(256), new Uint32Array(256)], all = counts(), ofSkin = counts();
  let count = 0, white = 0, skin = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const across = (2 * x / width - 1) / 0.8, down = (2 * y / height - 1) / 0.8; // inside hair and ears
      if (across * across + down * down > 1) continue;
      const i = y * width + x, [r, g, b] = data.subarray(4 * i, 4 * i + 3);
      count++;
      if (Math.min(r, g, b) >= limits.white) white++;
      const side = across > 0 ? 1 : 0, level = Math.round(luma[i]);
      all[side][level]++;
      if (skinColoured(r, g, b)) { ofSkin[side][level]++; skin++; }
    }
  }
  const sides = skin / count < limits.skin_share / 2 ? all : ofSkin; // in the dark no colour is left
  const both = sides[0].map((n, level) => n + sides[1][level]);
  const [darker, brighter] = sides.map((one) => quantile(one, 0.5)).sort((a, b) => a - b);
  return {
    median: quantile(both, 0.5), highlights: quantile(both, 0.99), burnt: white / count, skin: skin / count,
    side: (brighter - darker) / Math.max(brighter, 1),
    blur: Math.max(blurAlong(luma, width, height, width, 1), blurAlong(luma, height, width, 1, width)),
  };
};
const placeOf = (faces, video, box) => {
  if (!faces.length) return 'empty';
  if (faces.length > 1) return 'several';
  const face = faces[0].boundingBox;
  if (face.width / video.videoWidth < limits.min_face_share) return 'far';
  const apart = (a, b, side, size) => Math.abs(a[side] + a[size] / 2 - b[side] - b[size] / 2) / b[size];
  return apart(face, box, 'x', 'width') > 0.25 || apart(face, box, 'y', 'height') > 0.25 ? 'off' : '';
};
const judge = (found, place) => {
  if (found.highlights < limits.dark_highlights || found.median < limits.dark_median) return 'dark';
  if (found.median > limits.bright_median || found.burnt > limits.max_burnt) return 'bright';
  if (place === null ? found.skin < limits.skin_share : place) return place || 'empty';
  if (found.side > limits.max_side_light) return 'side';
  if (found.blur > limits.max_blur) return 'blurred';
  return place === null ? 'good_by_eye' : 'good';
};
const look = async (video) => {
  const box = ovalOf(video.videoWidth, video.videoHeight);
  const faces = finder ? await finder.detect(video).catch(() => null) : null; // there, but not able on every system
  const found = measure(grab(video, box));
  guide.dataset.found = JSON.stringify(found);
  return judge(found, faces && placeOf(faces, video, box));
};

// The outline lies over the picture as the browser shows it: whole, in the middle of the video's room.
const outline = (video) => {
  const room = video.parentElement, old = room.querySelector('.ws-outline');
  if (old) return old;
  const made = document.createElement('div');
  made.className = 'ws-outline';
  made.setAttribute('aria-hidden', 'true');
  made.innerHTML = '<svg preserveAspectRatio="none"><path fill-rule="evenodd"/><ellipse/></svg><b></b>';
  room.append(made);
  return made;
};
const draw = (video, state) => {
  const { videoWidth: w, videoHeight: h } = video, box = ovalOf(w, h), made = outline(video);
  const scale = Math.min(video.offsetWidth / w, video.offsetHeight / h), [rx, ry] = [box.width / 2, box.height / 2];
  made.dataset.state = state;
  made.style.width = `${w * scale}px`;
  made.style.height = `${h * scale}px`;
  made.style.left = `${video.offsetLeft + (video.offsetWidth - w * scale) / 2}px`;
  made.style.top = `${video.offsetTop + (video.offsetHeight - h * scale) / 2}px`;
  made.querySelector('svg').setAttribute('viewBox', `0 0 ${w} ${h}`);
  const arc = `a${rx} ${ry} 0 1 0 ${box.width} 0a${rx} ${ry} 0 1 0 ${-box.width} 0z`;
  made.querySelector('path').setAttribute('d', `M0 0h${w}v${h}h${-w}zM${box.x} ${h / 2}${arc}`);
  Object.entries({ cx: w / 2, cy: h / 2, rx, ry }).forEach(([k, v]) => made.querySelector('ellipse').setAttribute(k, v));
  made.querySelector('b').textContent = left || '';
};
const noteFor = (video) => {
  const width = Math.round(ovalOf(video.videoWidth, video.videoHeight).width);
  const text = width < limits.wrinkle ? words.no_lines : width < limits.pore ? words.no_pores : '';
  return text.replace('{width}', width).replace('{pore}', limits.pore).replace('{wrinkle}', limits.wrinkle);
};

// The self-timer counts aloud, then presses Gradio's button.
const stop = () => {
  clearInterval(clock);
  [clock, left] = [null, 0];
  button('timer').textContent = words.timer;
};
const count = () => {
  const video = liveVideo();
  if (!video) return stop();
  if (left > 1) {
    left--;
    say(`count-${left}`, String(left), '');
    return draw(video, guide.dataset.state);
  }
  stop();
  inField('.capture-button').click();
};
const start = () => {
  left = 3;
  clock = setInterval(count, 1000);
  button('timer').textContent = words.stop;
  say('count-3', '3', '');
};

const show = (state, video) => {
  const off = state === 'none';
  if (off) [said, candidate] = ['', ''];
  if (guide.hidden !== off) guide.hidden = off;
  button('timer').hidden = !video;
  button('again').hidden = state !== 'taken';
  if (note.textContent !== (video ? noteFor(video) : '')) note.textContent = video ? noteFor(video) : '';
  guide.querySelector('.ws-said').hidden = off || state === 'taken';
};
const live = async (video) => {
  refusal = '';
  if (video.srcObject !== takenFrom) [taken, takenFrom, again] = [false, null, false]; // the old picture may stand a while yet
  const facing = video.srcObject.getVideoTracks()[0]?.getSettings().facingMode;
  field().classList.toggle('ws-mirror', facing !== 'environment');
  show('live', video);
  if (clock) return draw(video, said);
  if (!said || !(said in words.live) || ['ask', ...Object.values(REFUSALS)].includes(said)) sayState('start');
  saySteady(await look(video), performance.now());
  if (video.isConnected) draw(video, said);
};
// Between the picture that was taken and its result Gradio shows the way to the camera for a moment.
const arriving = () => taken && !remove() && performance.now() - takenAt < ARRIVES;
const rest = () => {
  stop();
  if (arriving()) return show('none', null);
  if (grant()) {
    if (again && grant() !== pressed) { pressed = grant(); pressed.click(); } // Gradio may make the button anew
    taken = false;
    if (!navigator.mediaDevices) refusal = 'insecure';
    show('ask', null);
    return sayState(refusal || 'ask');
  }
  refusal = '';
  if (taken && remove()) [said, candidate, takenAt] = ['', '', -ARRIVES];
  show(taken && remove() ? 'taken' : 'none', null);
};
const tick = async () => {
  if (!element.isConnected) return clearInterval(ticking);
  const video = liveVideo(), room = field();
  if (looking || !room || document.hidden) return;
  looking = true;
  room.classList.toggle('ws-live', Boolean(video));
  try { await (video ? live(video) : rest()); } finally { looking = false; }
};
const ticking = setInterval(tick, OFTEN);

document.addEventListener('click', (event) => {
  if (field()?.contains(event.target) && event.target.closest('.capture-button')) {
    [taken, takenAt, takenFrom] = [true, performance.now(), inField('video')?.srcObject];
  }
}, true);
element.addEventListener('click', (event) => {
  const act = event.target.closest('[data-act]')?.dataset.act;
  if (act === 'timer') (clock ? stop : start)();
  if (act === 'again' && remove()) { [again, pressed] = [true, null]; remove().click(); }
});
// Gradio lets a refused camera pass in silence.
window.addEventListener('unhandledrejection', (event) => {
  const kind = navigator.mediaDevices ? REFUSALS[event.reason?.name] : 'insecure';
  if (!kind || !grant()?.offsetWidth) return;
  event.preventDefault();
  [refusal, again] = [kind, false];
});
