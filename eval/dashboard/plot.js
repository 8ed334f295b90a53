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

const paint = (layout) => {  // the page knows whether it is day or night, the figure does not
  const ink = getComputedStyle(element).getPropertyValue('--ink').trim() || '#1f2a2c';
  const paper = getComputedStyle(element).getPropertyValue('--paper').trim() || '#ffffff';
  layout.font = { ...layout.font, color: ink, family: getComputedStyle(element).fontFamily };
  layout.hoverlabel = { bgcolor: paper, font: { color: ink }, bordercolor: ink, align: 'left', namelength: -1 };
  return layout;
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
