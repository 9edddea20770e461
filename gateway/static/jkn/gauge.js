// One KBK figure as a picture: how far along its scale it stands, where the target is, where the month will end.
import { draw } from "/assets/indikator/charts.js";
import { number } from "./words.js";

/** The end of each figure's scale, wide enough that the target stands well inside it. */
const SCALES = { contact: 225, rrns: 5, rppt: 8 };
const WIDTH = 240;

/** A bar with a notch at the target and a hollow mark where the pace leads. */
export function gauge(figure) {
  const end = Math.max(SCALES[figure.code] ?? 100, figure.value ?? 0);
  const at = (value) => (Math.min(end, Math.max(0, value)) / end) * WIDTH;
  const ahead = figure.forecast?.projected_value;
  const said = `${number(figure.value, 1)} ${figure.unit}, ${number(figure.target, 1)} ${figure.unit}`;
  return draw("svg", { viewBox: `0 0 ${WIDTH} 26`, class: `gauge r-${figure.rating ?? 0}`, role: "img", "aria-label": said, preserveAspectRatio: "none" },
    draw("rect", { x: 0, y: 9, width: WIDTH, height: 9, rx: 4.5, class: "track" }),
    ahead ? draw("rect", { x: 0, y: 9, width: at(ahead), height: 9, rx: 4.5, class: "ahead" }) : null,
    figure.value ? draw("rect", { x: 0, y: 9, width: at(figure.value), height: 9, rx: 4.5, class: "reached" }) : null,
    draw("path", { d: `M${at(figure.target)} 3V24`, class: "goal" }));
}
