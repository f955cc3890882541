// Bilinear enlargement of a map, for those who prefer it to blocks; the blocks are what the method really says.

// Left neighbour and weight of the right one of each pixel along an axis; cell centres are at (i + 0.5) pixels / count.
function neighbours(pixels, count) {
  const left = new Uint16Array(pixels);
  const weight = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const at = Math.max(0, Math.min(count - 1, ((i + 0.5) * count) / pixels - 0.5));
    left[i] = Math.min(Math.floor(at), Math.max(0, count - 2));
    weight[i] = at - left[i];
  }
  return { left, weight };
}

// levels: int8 (side, side) -> float32 (height, width).
export function smoothed(levels, side, height, width) {
  const across = neighbours(width, side);
  const down = neighbours(height, side);
  const wide = new Float32Array(side * width);
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < width; x++, i++) {
      const at = y * side + across.left[x];
      wide[i] = levels[at] + across.weight[x] * ((levels[at + 1] ?? 0) - levels[at]);
    }
  }
  const out = new Float32Array(height * width);
  const last = side - 1;
  for (let y = 0, i = 0; y < height; y++) {
    const above = down.left[y] * width;
    const below = Math.min(last, down.left[y] + 1) * width;
    for (let x = 0; x < width; x++, i++) out[i] = wide[above + x] + down.weight[y] * (wide[below + x] - wide[above + x]);
  }
  return out;
}
