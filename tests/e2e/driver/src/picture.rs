//! What a window shows, as the X server has it.

/// The pixels of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    /// One red-green-blue number each, row by row.
    pixels: Vec<u32>,
}

impl Picture {
    /// A picture of rows of `width` pixels, each of four bytes: blue, green, red and nothing.
    pub(crate) fn new(width: u32, bytes: &[u8]) -> Self {
        let (pixels, _) = bytes.as_chunks::<4>();
        let pixels = pixels.iter().map(|pixel| u32::from_le_bytes(*pixel));
        Self {
            width,
            pixels: pixels.map(|pixel| pixel & 0xFF_FFFF).collect(),
        }
    }

    /// Width and height, and the pixels as red, green and blue bytes, row by row.
    #[must_use]
    pub fn rows(&self) -> (u32, u32, Vec<u8>) {
        let bytes = self.pixels.iter().flat_map(|pixel| {
            let [_, red, green, blue] = pixel.to_be_bytes();
            [red, green, blue]
        });
        let height = self.pixels.len() as u32 / self.width.max(1);
        (self.width, height, bytes.collect())
    }

    /// The middle of what has this colour (`0xRRGGBB`), across and down; `None` where nothing
    /// has it.
    #[must_use]
    pub fn middle_of(&self, colour: u32) -> Option<(u32, u32)> {
        let has_colour = self.pixels.iter().enumerate();
        let places = has_colour.filter(|(_, pixel)| **pixel == colour);
        let places = places.map(|(place, _)| {
            let place = u32::try_from(place).expect("a screen has fewer pixels");
            (place % self.width, place / self.width)
        });
        let bounds = places.fold(None, |bounds, (across, down)| {
            let (left, top, right, bottom) = bounds.unwrap_or((across, down, across, down));
            Some((
                left.min(across),
                top.min(down),
                right.max(across),
                bottom.max(down),
            ))
        });
        bounds.map(|(left, top, right, bottom)| (left.midpoint(right), top.midpoint(bottom)))
    }
}
