// The characters of a text that this browser has no glyph for, in the page's own font: drawn, they look like nothing's.
(characters) => {
  const canvas = document.createElement("canvas");
  canvas.width = 40;
  canvas.height = 40;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const drawn = (character) => {
    pen.clearRect(0, 0, 40, 40);
    pen.font = `28px ${getComputedStyle(document.body).fontFamily}`;
    pen.fillText(character, 4, 30);
    return pen.getImageData(0, 0, 40, 40).data.join();
  };
  const nothing = new Set([drawn("\u{3FFFD}"), drawn("\u{10FFFD}"), drawn("\uFFFF"), drawn(" ")]);
  return characters.filter((character) => nothing.has(drawn(character)));
}
