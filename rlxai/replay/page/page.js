// Mounts the player in a page that carries its data: nothing is fetched, the view is kept in the address after "#".

class Embedded {
  constructor(range) {
    this.range = range;
    this.nodes = new Map([...document.querySelectorAll("script[data-path]")].map((node) => [node.dataset.path, node]));
  }

  async get(path) {
    const node = this.nodes.get(path);
    if (!node) throw new Error(`this page holds decisions ${this.range[0]} to ${this.range[1]} of the maps it lists`);
    const packed = Uint8Array.from(atob(node.textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }
}

const input = JSON.parse(document.getElementById("input").textContent);
const words = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const keep = (address) => history.replaceState(null, "", `#${new URLSearchParams(address)}`);

mountPlayer({
  parentElement: document.querySelector("main"),
  data: { ...input, select: { ...input.select, ...words() } },
  source: new Embedded(input.range),
  setStateValue: (_, value) => value?.address && keep(value.address),
});
