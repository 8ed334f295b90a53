// A figure that Plotly draws. Plotly itself comes from this very server, when the first figure is seen and not before.
const config = window.gradio_config;
const library = () =>
  (window.wrinklesegPlotly ??= new Promise((done, failed) => {
    const script = document.createElement('script');
    script.src = `${config.root}${config.api_prefix}/file=${props.library}`;
    script.onload = () => done(window.Plotly);
    script.onerror = failed;
    document.head.append(script);
  }));

// The page knows whether it is day or night, the figure does not.
const coloured = (name, usual) => getComputedStyle(element).getPropertyValue(name).trim() || usual;
const paint = (layout) => {
  const ink = coloured('--ink', '#1f2a2c'), paper = coloured('--paper', '#ffffff');
  layout.font = { ...layout.font, color: ink, family: getComputedStyle(element).fontFamily };
  layout.hoverlabel = { bgcolor: paper, font: { color: ink }, bordercolor: ink, align: 'left', namelength: -1 };
  return layout;
};

// By night, colours that were chosen for paper are mixed with white until they stand out, but no more.
const CLEAR = 3; // contrast of what is drawn (WCAG 2.2, 1.4.11)
const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
const light = (rgb) => {
  const [r, g, b] = rgb.map((each) => (each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const mixed = (over, under, share) => over.map((each, i) => share * each + (1 - share) * under[i]);
const lifted = (colour, ground, opacity = 1) => {
  const seen = (white) => mixed(mixed([255, 255, 255], channels(colour), white), ground, opacity);
  const clear = (white) => (light(seen(white)) + 0.05) / (light(ground) + 0.05) >= CLEAR;
  const white = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7].find(clear) ?? 0.8;
  return `rgb(${mixed([255, 255, 255], channels(colour), white).map(Math.round)})`;
};
const lift = (part, ground, opacity) => {
  if (!part || !part.color) return;
  const one = (colour) => (/^#[0-9a-f]{6}$/i.test(colour) ? lifted(colour, ground, opacity) : colour);
  part.color = Array.isArray(part.color) ? part.color.map(one) : one(part.color);
};
const byNight = (figure) => {
  const paper = coloured('--paper', '#ffffff');
  if (!/^#[0-9a-f]{6}$/i.test(paper) || light(channels(paper)) > 0.5) return;
  const ground = channels(paper);
  for (const trace of figure.data) {
    if (trace.type === 'bar') trace.marker.opacity = 0.75;
    lift(trace.marker, ground, trace.marker?.opacity);
    lift(trace.line, ground);
    if (trace.error_x) trace.error_x.color = trace.type === 'bar' ? coloured('--ink', '#ece9e4') : trace.marker.color;
  }
  for (const shape of figure.layout.shapes ?? []) lift(shape.line, ground);
};

let drawn = null, near = false;
const draw = async () => {
  const wanted = props.value;
  const place = element.querySelector('.ws-plot');
  if (!wanted || !place || wanted === drawn || !near) return;
  drawn = wanted;
  const Plotly = await library();
  if (props.value !== wanted) return;
  const figure = JSON.parse(wanted);
  byNight(figure);
  // On a phone every name of the legend takes a line of its own.
  if (figure.layout.showlegend && element.clientWidth < 480) figure.layout.height += 9 * figure.data.length;
  place.style.height = `${figure.layout.height}px`;
  await Plotly.react(place, figure.data, paint(figure.layout), { displayModeBar: false, responsive: true });
  place.removeAllListeners('plotly_click');
  place.on('plotly_click', (event) => {
    const point = event.points.find((one) => one.data.meta && one.customdata !== undefined);
    if (point) trigger('click', { ...point.data.meta, photo: point.customdata });
  });
  place.dataset.ready = String(Number(place.dataset.ready || 0) + 1);
};

watch('value', draw);
// Only what is on the screen or nearly so is drawn: the first figures are there at once, in a hidden tab there are none.
const watcher = new IntersectionObserver((entries) => { near = entries.at(-1).isIntersecting; draw(); }, { rootMargin: '300px' });
watcher.observe(element);
