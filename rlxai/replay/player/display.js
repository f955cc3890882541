// How relevance is drawn: colours, scale, opacity, threshold, dimming, smoothing.
import { fillSelect } from "./dom.js";

const SCALES = [["episode", "episode"], ["shared", "shared by panels"], ["running", "running"], ["frame", "decision"]];

export class Display {
  // refs: cmap, scale, opacity, threshold, dim, smooth; cmaps: names of the signed colour maps.
  constructor(refs, onChange) {
    this.refs = refs;
    for (const key of ["cmap", "scale"]) {
      refs[key].onchange = () => {
        onChange({ [key]: refs[key].value });
        refs[key].blur();
      };
    }
    for (const key of ["opacity", "threshold"]) refs[key].oninput = () => onChange({ [key]: Number(refs[key].value) });
    for (const key of ["dim", "smooth"]) refs[key].onchange = () => onChange({ [key]: refs[key].checked });
  }

  update(options, cmaps) {
    const { refs } = this;
    fillSelect(refs.cmap, cmaps.map((name) => [name, name]), options.cmap);
    fillSelect(refs.scale, SCALES, options.scale);
    for (const key of ["opacity", "threshold"]) refs[key].value = options[key];
    for (const key of ["dim", "smooth"]) refs[key].checked = options[key];
  }
}
